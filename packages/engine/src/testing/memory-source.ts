import { extentSizeBytesMax } from '../contracts/source.ts';
import type { Extent, ImageSource } from '../contracts/source.ts';

export interface MemorySourceOptions {
  readonly description?: string;
  /** What the source claims; the true size by default, `unknown` to leave it open. */
  readonly sizeBytes?: number | 'unknown';
  readonly resumeToken?: string;
  readonly checksum?: string;
  /** Given bytes, how long the extents are; not a multiple of a block, so that windows straddle extents. */
  readonly extentSizeBytes?: number;
}

/**
 * An image in memory, from its bytes or from the very extents to yield.
 *
 * It overwrites each extent's buffer once the next is asked for: whoever kept it instead of copying reads garbage.
 */
export function memorySource(image: Uint8Array | readonly Extent[], options: MemorySourceOptions = {}): ImageSource {
  const extents = image instanceof Uint8Array ? cutEvenly(image, options.extentSizeBytes ?? 100) : image;
  const last = extents.at(-1);
  const trueSizeBytes = last === undefined ? 0 : last.offset + lengthOf(last);
  return {
    description: options.description ?? 'an image in memory',
    sizeBytes: options.sizeBytes === 'unknown' ? undefined : (options.sizeBytes ?? trueSizeBytes),
    resumeToken: options.resumeToken,
    checksum: options.checksum,
    extents: async function* ({ signal, from }) {
      for (const extent of extents) {
        signal.throwIfAborted();
        const rest = startingAt(extent, from ?? 0);
        if (rest === undefined) continue;
        if (rest.kind === 'hole') yield rest;
        else {
          const bytes = Uint8Array.from(rest.bytes);
          yield { ...rest, bytes };
          bytes.fill(0xdb);
        }
      }
      signal.throwIfAborted();
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function cutEvenly(image: Uint8Array, extentSizeBytes: number): Extent[] {
  const length = Math.min(extentSizeBytes, extentSizeBytesMax);
  const extents: Extent[] = [];
  for (let offset = 0; offset < image.length; offset += length) {
    extents.push({ kind: 'data', offset, bytes: image.subarray(offset, offset + length) });
  }
  return extents;
}

function lengthOf(extent: Extent): number {
  return extent.kind === 'data' ? extent.bytes.length : extent.length;
}

/** The part of an extent at or after `from`, or undefined when it ends before. */
function startingAt(extent: Extent, from: number): Extent | undefined {
  const skip = Math.max(0, from - extent.offset);
  if (skip === 0) return extent;
  if (skip >= lengthOf(extent)) return undefined;
  return extent.kind === 'data'
    ? { kind: 'data', offset: from, bytes: extent.bytes.subarray(skip) }
    : { kind: 'hole', offset: from, length: extent.length - skip };
}
