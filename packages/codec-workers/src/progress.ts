import type { PipelineOptions } from '@hayloft/engine';
import type { Ring } from './ring.ts';
import { total } from './ring-layout.ts';

/** Twenty times a second is smooth to the eye. */
const intervalMs = 50;

/** Tells the totals of a job now and then, until it is disposed of. */
export function reportProgress(ring: Ring, rolls: boolean, onProgress: PipelineOptions['onProgress']): Disposable {
  if (onProgress === undefined) return { [Symbol.dispose]: () => {} };
  const timer = setInterval(() => {
    const written = ring.readTotal(total.done);
    // The roller has the most to do: bytes that only it has not seen yet are not done.
    const doneBytes = rolls ? Math.min(written, ring.readTotal(total.rolled)) : written;
    onProgress({ doneBytes, reusedBytes: Math.min(ring.readTotal(total.reused), doneBytes) });
  }, intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
