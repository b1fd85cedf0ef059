import { blockSizeBytes } from '@hayloft/longhorn-format';

/** A block of zeros, never written to. */
export const zeroBlock: Uint8Array = new Uint8Array(blockSizeBytes);

/** Are these at most `blockSizeBytes` bytes all zero? Nearly free for those that are not. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && Buffer.compare(bytes, zeroBlock.subarray(0, bytes.length)) === 0;
}
