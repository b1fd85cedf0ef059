import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BackupError, type CallOptions } from '@hayloft/engine';
import { errnoOf, fileError } from '@hayloft/directory-store';

/** `NO_SPACE`, with the figures, unless the file system that holds (or will hold) `path` has room for `needBytes` more. */
export async function checkFreeSpace(
  path: string,
  needBytes: number,
  what: string,
  { signal }: CallOptions,
): Promise<void> {
  signal.throwIfAborted();
  const freeBytes = await freeBytesAt(resolve(path));
  if (freeBytes >= needBytes) return;
  throw new BackupError('NO_SPACE', `${what} needs ${needBytes} bytes, but "${path}" has only ${freeBytes} left`, {
    remedy: `Free ${needBytes - freeBytes} bytes there, or choose another place.`,
  });
}

async function freeBytesAt(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && dirname(path) !== path) return freeBytesAt(dirname(path));
    throw fileError(error, `cannot see how much space "${path}" has left`);
  }
}
