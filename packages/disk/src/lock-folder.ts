import { open, rmdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '@hayloft/engine';
import { errnoOf, makeFolders } from '@hayloft/directory-store';

const lockFile = 'lock';
const exclusive = 2; // LOCK_EX
const doNotWait = 4; // LOCK_NB

/** Somebody may remove the folder between our making and locking it; that does not happen often in a row. */
const attemptsMax = 100;

/**
 * Makes `folder` if need be and locks it against every other process, until the returned handle is disposed. The kernel
 * ends the lock of a process that dies, in whatever container, so nobody has to guess whether an owner still lives.
 *
 * `STORE_LOCKED` when somebody else holds it: at once, without waiting. Disposing removes the folder if it is empty.
 */
export async function lockFolder(folder: string, inUse: string): Promise<AsyncDisposable> {
  const path = join(folder, lockFile);
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const file = await openLockFile(folder, path);
    if (file === undefined) continue;
    try {
      if (!(await lockNow(file, path))) {
        throw new BackupError('STORE_LOCKED', `${inUse} by another process`, {
          remedy: 'Wait until it is done, or stop it, then run the same command again.',
        });
      }
      if (await isSameFile(file, path)) return { [Symbol.asyncDispose]: () => unlock(file, folder, path) };
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close(); // Its owner removed it just before it let go of it.
  }
  throw new BackupError('STORE_LOCKED', `${inUse} by other processes, one after the other`, {
    remedy: 'Run the same command again.',
  });
}

async function openLockFile(folder: string, path: string): Promise<FileHandle | undefined> {
  await makeFolders(folder);
  try {
    return await open(path, 'a');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** flock(2), which Node does not offer. Loaded only when something is locked: reading a disk does without. */
async function lockNow(file: FileHandle, path: string): Promise<boolean> {
  const { default: koffi } = await import('koffi');
  // A null library is the running program itself, which has the C library's functions.
  const flock = koffi.load(null).func('int flock(int file, int operation)');
  if (flock(file.fd, exclusive | doNotWait) === 0) return true;
  if (koffi.errno() === koffi.os.errno['EWOULDBLOCK']) return false;
  throw new BackupError(
    'DEPENDENCY_MISSING',
    `the file system of "${path}" has no file locks (errno ${koffi.errno()})`,
    {
      remedy: 'Choose a folder on a local file system, or one on NFS 4.',
    },
  );
}

async function isSameFile(file: FileHandle, path: string): Promise<boolean> {
  const ours = await file.stat({ bigint: true });
  try {
    const named = await stat(path, { bigint: true });
    return named.dev === ours.dev && named.ino === ours.ino;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The name goes first, then the lock: whoever opened the file meanwhile sees that it is no longer the one of that name. */
async function unlock(file: FileHandle, folder: string, path: string): Promise<void> {
  try {
    await unlink(path);
    await rmdir(folder);
  } catch {
    // What is left in the folder is for the next run; a lock file that cannot be removed is locked anew all the same.
  } finally {
    await file.close();
  }
}
