import type { CallOptions } from '@hayloft/engine';

/** Waits for work that others wait for too and that does not know this call's signal; an abort ends the wait. */
export async function untilAborted<Result>(work: Promise<Result>, { signal }: CallOptions): Promise<Result> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
