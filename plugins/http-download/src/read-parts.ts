import { extentSizeBytesMax, type Extent, type ExtentsOptions } from '@hayloft/engine';
import type { Download } from './download.ts';
import { fetchPart } from './fetch-part.ts';

export interface PartsShape {
  readonly sizeBytes: number;
  /** Parts in flight at once, and so buffers of `rangeBytes`. */
  readonly connections: number;
  readonly rangeBytes: number;
}

/** Reads a file in parts, several at once, and yields them in order. The first failure ends all of them. */
export async function* readParts(
  download: Download,
  { sizeBytes, connections, rangeBytes }: PartsShape,
  { from = 0, signal }: ExtentsOptions,
): AsyncGenerator<Extent> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const flying: Flight[] = [];
  let next = from;
  const launch = (spare: Buffer | undefined): void => {
    if (next >= sizeBytes) return;
    const buffer = spare ?? Buffer.allocUnsafeSlow(Math.min(rangeBytes, sizeBytes - from));
    const offset = next;
    const bytes = buffer.subarray(0, Math.min(buffer.length, sizeBytes - offset));
    const done = fetchPart(download, offset, bytes, { signal: either });
    done.catch(() => {}); // heard when its turn comes, or not at all when an earlier one failed
    flying.push({ offset, buffer, bytes, done });
    next += bytes.length;
  };
  try {
    for (let i = 0; i < connections; i++) launch(undefined);
    for (let flight = flying.shift(); flight !== undefined; flight = flying.shift()) {
      await flight.done;
      for (let start = 0; start < flight.bytes.length; start += extentSizeBytesMax) {
        const bytes = flight.bytes.subarray(start, start + extentSizeBytesMax);
        yield { kind: 'data', offset: flight.offset + start, bytes };
      }
      launch(flight.buffer);
    }
  } finally {
    stop.abort();
    await Promise.allSettled(flying.map(({ done }) => done));
  }
}

interface Flight {
  readonly offset: number;
  readonly buffer: Buffer;
  /** The part of the buffer in use: the last part of a file is short. */
  readonly bytes: Uint8Array;
  readonly done: Promise<void>;
}
