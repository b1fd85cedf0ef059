import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BackupError } from '@hayloft/engine';
import { errnoOf, fileError } from './file-error.ts';
import { makeFolders } from './make-folders.ts';

export interface StoreRoot {
  /** Absolute and without symbolic links. */
  readonly path: string;
  /**
   * Throws unless the folder is the very one that was opened. The place of an unmounted share is an empty folder, and
   * must not look like a store in which nothing is. With `create`, a folder that was never there is fine.
   */
  assertIsThere(): Promise<void>;
  /** Makes the folder durably if it is missing and was to be created. */
  make(): Promise<void>;
}

/** `STORE_INVALID` when `path` is no folder, or missing and not to be created. */
export async function openStoreRoot(path: string, location: string, create: boolean): Promise<StoreRoot> {
  const opened = await identify(path);
  if (opened === undefined && !create) {
    throw new BackupError('STORE_INVALID', `cannot open ${location}: there is no folder "${path}"`, {
      remedy: 'Check the path, mount the share, or make the folder if the store is to be a new one.',
    });
  }
  const realPath = opened === undefined ? resolve(path) : await realpath(path);
  let expected = opened;

  return {
    path: realPath,

    async assertIsThere() {
      const found = await identify(realPath);
      if (found === expected) return;
      throw new BackupError(
        'STORE_UNAVAILABLE',
        found === undefined
          ? `${location} is gone: there is no folder "${realPath}" any more`
          : `${location} is gone: another folder is at "${realPath}" now`,
        { remedy: 'Check that the share is still mounted, then run the same command again.' },
      );
    },

    async make() {
      if (expected !== undefined) return;
      await makeFolders(realPath);
      expected = await identify(realPath);
    },
  };
}

/** Device and inode of a folder, or undefined when nothing is there. */
async function identify(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) {
      throw new BackupError('STORE_INVALID', `"${path}" is no folder`, {
        remedy: 'Name the folder in which the store is, not a file.',
      });
    }
    return `${found.dev}:${found.ino}`;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fileError(error, `cannot open "${path}"`);
  }
}
