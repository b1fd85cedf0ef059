import { constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import {
  BackupError,
  blobSizeBytesMax,
  checkRange,
  type BlobInfo,
  type BlobKey,
  type GetOptions,
} from '@hayloft/engine';
import { blobPath } from './blob-path.ts';
import { runSteps } from './file-steps.ts';
import { assertInside } from './publish-blob.ts';

/** Never waits for a writer (a FIFO would) and never follows a link that stands where the file should. */
export const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The blob, or the range of it. Throws the errno of what went wrong; a folder under that name is ENOENT. */
export async function readBlob(root: string, key: BlobKey, { range, signal }: GetOptions): Promise<Uint8Array> {
  const path = blobPath(root, key);
  await runSteps(assertInside(root, path), signal);
  await using file = await open(path, readFlags);
  const found = await file.stat();
  assertIsFile(found);
  if (found.size > blobSizeBytesMax) {
    throw new BackupError(
      'STORE_INVALID',
      `"${path}" has ${found.size} bytes; no blob has more than ${blobSizeBytesMax}`,
      {
        remedy: 'Check what this file is and move it away.',
      },
    );
  }
  const { offset, length } = range ?? { offset: 0, length: found.size };
  checkRange({ offset, length }, found.size, `"${path}"`);
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw cutShort(path, offset + done, found.size);
    done += bytesRead;
  }
  return bytes;
}

export async function statBlob(root: string, key: BlobKey, signal: AbortSignal): Promise<BlobInfo> {
  const path = blobPath(root, key);
  await runSteps(assertInside(root, path), signal);
  const found = await lstat(path);
  assertIsFile(found);
  return { key, sizeBytes: found.size, modifiedAt: found.mtime };
}

export function assertIsFile(found: Stats): void {
  if (found.isSymbolicLink()) throw Object.assign(new Error('a symbolic link'), { code: 'ELOOP' });
  if (!found.isFile()) throw Object.assign(new Error('not a file'), { code: 'ENOENT' });
}

/** Whoever replaces a blob renames: a file that gets shorter under our eyes is a failing file system. */
export function cutShort(path: string, at: number, sizeBytes: number): BackupError {
  return new BackupError('STORE_UNAVAILABLE', `"${path}" ended at byte ${at} of ${sizeBytes} while it was read`, {
    remedy: 'Check the mount and the disk, then run the same command again.',
  });
}
