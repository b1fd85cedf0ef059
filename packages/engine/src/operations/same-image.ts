import { BlockMap } from '../contracts/blocks.ts';
import type { BackupFormat } from '../contracts/format.ts';

/** The map with blocks of zeros turned into holes: Longhorn stores zeros that are allocated, Hayloft never does. */
export function withoutZeroBlocks(blocks: BlockMap, format: BackupFormat): BlockMap {
  const zero = zeroDigests(blocks, format);
  const result = new BlockMap(blocks.sizeBytes, blocks.blockSizeBytes);
  for (const { index, digest } of blocks.entries()) if (digest !== zero(index)) result.set(index, digest);
  return result;
}

/** The digest of zeros as long as window `index`. */
export function zeroDigests(blocks: BlockMap, format: BackupFormat): (index: number) => string {
  const full = format.digest(new Uint8Array(Math.min(blocks.blockSizeBytes, blocks.sizeBytes)));
  const last = blocks.count === 0 ? full : format.digest(new Uint8Array(blocks.lengthAt(blocks.count - 1)));
  return (index) => (index === blocks.count - 1 ? last : full);
}

/** Windows in which two maps of one block size name different bytes; zeros and holes are the same. */
export function differingWindows(a: BlockMap, b: BlockMap, format: BackupFormat): number[] {
  const [left, right] = [withoutZeroBlocks(a, format), withoutZeroBlocks(b, format)];
  const windows: number[] = [];
  for (let index = 0; index < Math.max(left.count, right.count); index++) {
    const [digestA, digestB] = [
      index < left.count ? left.at(index) : null,
      index < right.count ? right.at(index) : null,
    ];
    if (digestA !== digestB) windows.push(index);
  }
  return windows;
}

export function isSameImage(a: BlockMap, b: BlockMap, format: BackupFormat): boolean {
  return a.sizeBytes === b.sizeBytes && differingWindows(a, b, format).length === 0;
}
