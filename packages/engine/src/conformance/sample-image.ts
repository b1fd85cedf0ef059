import { createHash } from 'node:crypto';
import { extentSizeBytesMax } from '../contracts/source.ts';
import type { Extent, ImageSource } from '../contracts/source.ts';
import { memorySource } from '../testing/memory-source.ts';
import type { MemorySourceOptions } from '../testing/memory-source.ts';
import { seededRandom } from '../testing/seeded-random.ts';

/** An image drawn by its windows, so that a test shows what it is about. */
export interface SampleImage {
  readonly plan: string;
  readonly bytes: Uint8Array;
  readonly windows: readonly Uint8Array[];
  /** Cut at odd places: windows straddle extents. */
  readonly extents: readonly Extent[];
  readonly checksum: string;
  readonly source: (options?: MemorySourceOptions) => ImageSource;
}

/**
 * One character a window: a letter is a block of that letter's bytes, `0` is zeros that are allocated, `.` a hole.
 * `tailBytes` is the length of the last window.
 */
export function sampleImage(plan: string, blockSizeBytes: number, tailBytes = blockSizeBytes): SampleImage {
  const windows = [...plan].map((letter, index) => {
    const length = index === plan.length - 1 ? tailBytes : blockSizeBytes;
    const block = new Uint8Array(blockSizeBytes);
    if (/[A-Za-z]/.test(letter)) {
      // Half of it is noise, so that no method packs it into nothing or leaves it as it is.
      block.set(seededRandom(letter.charCodeAt(0)).bytes(blockSizeBytes / 2));
      block.fill(letter.charCodeAt(0), blockSizeBytes / 2);
    }
    return block.subarray(0, length);
  });
  const bytes = Buffer.concat(windows);
  const extents = extentsOf(plan, bytes, blockSizeBytes);
  return {
    plan,
    bytes,
    windows,
    extents,
    checksum: createHash('sha512').update(bytes).digest('hex'),
    source: (options) => memorySource(extents, options),
  };
}

function extentsOf(plan: string, bytes: Uint8Array, blockSizeBytes: number): Extent[] {
  const extents: Extent[] = [];
  const lengthMax = Math.min(extentSizeBytesMax, Math.floor(blockSizeBytes * 0.7));
  const isHole = (offset: number): boolean => plan[Math.floor(offset / blockSizeBytes)] === '.';
  for (let offset = 0; offset < bytes.length;) {
    let end = offset + (isHole(offset) ? blockSizeBytes - (offset % blockSizeBytes) : lengthMax);
    const border = offset + blockSizeBytes - (offset % blockSizeBytes);
    if (!isHole(offset) && end > border && isHole(border)) end = border;
    end = Math.min(end, bytes.length);
    if (isHole(offset)) extents.push({ kind: 'hole', offset, length: end - offset });
    else extents.push({ kind: 'data', offset, bytes: bytes.subarray(offset, end) });
    offset = end;
  }
  return extents;
}
