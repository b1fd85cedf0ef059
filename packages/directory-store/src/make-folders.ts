import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './file-error.ts';
import { folderMode, syncFolder } from './file-steps.ts';

/**
 * Makes a folder and those above it that are missing, with durable entries. Throws the errno of what failed.
 *
 * Node's own `recursive` says ENOENT where a read-only file system says EROFS.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await makeFolder(path);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: folderMode });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    throw error;
  }
  await syncFolder(dirname(path));
}
