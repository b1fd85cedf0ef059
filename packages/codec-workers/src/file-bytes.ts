import { readSync, writeSync } from 'node:fs';
import { BackupError } from '@hayloft/engine';
import { fileError } from '@hayloft/directory-store';
import type { OpenFile } from './messages.ts';

/**
 * Fills `bytes` from a file of the source, for worker threads. `SOURCE_CHANGED` when the file ends before.
 */
export function readSource(file: OpenFile, bytes: Uint8Array, offset: number): void {
  const found = readUpTo(file, bytes, offset, 'SOURCE_UNAVAILABLE');
  if (found === bytes.length) return;
  throw new BackupError(
    'SOURCE_CHANGED',
    `"${file.name}" ended at byte ${offset + found} while it was read, before it should`,
    { remedy: sourceChangedRemedy },
  );
}

export const sourceChangedRemedy = 'Make sure that nothing writes to the image, and start again.';

/** Reads as much as there is, for worker threads; returns how many bytes that are. */
export function readUpTo(
  file: OpenFile,
  bytes: Uint8Array,
  offset: number,
  code: 'SOURCE_UNAVAILABLE' | 'STORE_UNAVAILABLE' = 'STORE_UNAVAILABLE',
): number {
  try {
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(file.fd, bytes, done, bytes.length - done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  } catch (error) {
    throw fileError(error, `cannot read "${file.name}" at byte ${offset}`, { EIO: code, ESTALE: code });
  }
}

/** Writes all of `bytes`, for worker threads. */
export function writeFully(file: OpenFile, bytes: Uint8Array, offset: number): void {
  try {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(file.fd, bytes, done, bytes.length - done, offset + done);
    }
  } catch (error) {
    throw fileError(error, `cannot write "${file.name}" at byte ${offset}`);
  }
}
