import { createHash } from 'node:crypto';
import { blockSizeBytes } from '@hayloft/longhorn-format';
import type { Ring } from './ring.ts';
import { total } from './ring-layout.ts';

/**
 * Hashes the image as a whole: takes the slots in order, lets zeros stand for the holes between them, and returns the
 * SHA-512 as 128 hex digits. Runs in a thread of its own.
 */
export function rollWholeDigest(ring: Ring): string {
  const hash = createHash('sha512');
  const zeros = new Uint8Array(blockSizeBytes);
  let position = 0;
  const roll = (bytes: Uint8Array): void => {
    hash.update(bytes);
    position += bytes.length;
    ring.addTotal(total.rolled, bytes.length);
  };
  const rollZerosTo = (end: number): void => {
    while (position < end) {
      ring.throwIfFailed();
      roll(zeros.subarray(0, Math.min(zeros.length, end - position)));
    }
  };

  for (let ordinal = 0; ring.waitForReady(ordinal); ordinal++) {
    const { window, length } = ring.content(ordinal);
    rollZerosTo(window * blockSizeBytes);
    roll(ring.slot(ordinal).subarray(0, length));
    ring.release(ordinal);
  }
  rollZerosTo(ring.readTotal(total.image));
  return hash.digest('hex');
}
