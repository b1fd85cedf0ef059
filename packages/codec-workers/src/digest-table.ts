import { BackupError, BlockMap } from '@hayloft/engine';
import { blockSizeBytes, imageSizeBytesMax } from '@hayloft/longhorn-format';

const digestBytes = 32;

/** The block map of an image while it is read, in shared memory; it grows where the image's size is not known. */
export class DigestTable {
  readonly memory: SharedArrayBuffer;

  constructor(sizeBytes: number | undefined) {
    this.memory =
      sizeBytes === undefined
        ? // Only address space is reserved; memory is taken as it grows.
          new SharedArrayBuffer(1024 * digestBytes, { maxByteLength: windowsOf(imageSizeBytesMax) * digestBytes })
        : new SharedArrayBuffer(windowsOf(sizeBytes) * digestBytes);
  }

  /** Makes sure that there is room for `window`. */
  reach(window: number): void {
    const needed = (window + 1) * digestBytes;
    if (needed <= this.memory.byteLength) return;
    if (!this.memory.growable || needed > this.memory.maxByteLength) {
      throw new BackupError('SOURCE_INVALID', `the image is larger than ${imageSizeBytesMax} bytes`, {
        remedy: 'Choose a smaller image: no larger one can be stored.',
      });
    }
    this.memory.grow(Math.min(this.memory.maxByteLength, Math.max(needed, this.memory.byteLength * 2)));
  }

  toBlockMap(sizeBytes: number): BlockMap {
    if (sizeBytes > 0) this.reach(windowsOf(sizeBytes) - 1);
    return new BlockMap(sizeBytes, blockSizeBytes, new Uint8Array(this.memory, 0, windowsOf(sizeBytes) * digestBytes));
  }
}

function windowsOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockSizeBytes);
}
