import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { BackupError, type BlobKey } from '@hayloft/engine';
import { blobPath } from './blob-path.ts';
import { errnoOf, fileError } from './file-error.ts';
import { runStepsSync, syncFolderSync } from './file-steps.ts';
import { assertInside, publishBlob } from './publish-blob.ts';
import { assertIsFile, cutShort, readFlags } from './read-blob.ts';

/**
 * Puts a blob into the store that is the directory `root` (`StoreDirectory.path`), for worker threads: it blocks.
 *
 * The bytes are durable before the name is there. The name itself is durable once the folder that is returned went
 * through `syncFoldersSync`. `data` is given in parts so that nothing needs to be copied together.
 */
export function writeBlobSync(root: string, key: BlobKey, parts: readonly Uint8Array[]): string {
  try {
    return runStepsSync(publishBlob(root, key, parts, { ifAbsent: false, syncFolders: false }));
  } catch (error) {
    throw fileError(error, `cannot write "${key}" in ${root}`, { ENOENT: 'STORE_UNAVAILABLE' });
  }
}

/** Makes durable what `writeBlobSync` named in these folders, and the folders themselves, up to the root. */
export function syncFoldersSync(root: string, folders: Iterable<string>): void {
  const all = new Set<string>();
  for (const folder of folders) {
    for (let each = folder; each.length >= root.length && !all.has(each); each = dirname(each)) all.add(each);
  }
  for (const folder of all) {
    try {
      syncFolderSync(folder);
    } catch (error) {
      throw fileError(error, `cannot make "${folder}" durable`, { ENOENT: 'STORE_UNAVAILABLE' });
    }
  }
}

/**
 * Reads a whole blob into `into`, for worker threads: it blocks. Resolves to its size, or -1 when there is none.
 *
 * A blob that does not fit is `STORE_INVALID`; what is there and cannot be read is an error, never -1.
 */
export function readBlobSync(root: string, key: BlobKey, into: Uint8Array): number {
  const path = blobPath(root, key);
  let file: number | undefined;
  try {
    runStepsSync(assertInside(root, path));
    file = openSync(path, readFlags);
    const found = fstatSync(file);
    assertIsFile(found);
    if (found.size > into.length) {
      throw new BackupError(
        'STORE_INVALID',
        `"${path}" has ${found.size} bytes, more than the ${into.length} it may have`,
        {
          remedy: 'Run "hayloft backup verify" to list every damaged backup.',
        },
      );
    }
    for (let done = 0; done < found.size;) {
      const bytesRead = readSync(file, into, done, found.size - done, done);
      if (bytesRead === 0) throw cutShort(path, done, found.size);
      done += bytesRead;
    }
    return found.size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') {
      assertRootSync(root);
      return -1;
    }
    throw fileError(error, `cannot read "${key}" in ${root}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** An unmounted share must not look like a store that lacks a block. */
function assertRootSync(root: string): void {
  try {
    closeSync(openSync(root, 'r'));
  } catch (error) {
    throw fileError(error, `cannot open ${root}`, { ENOENT: 'STORE_UNAVAILABLE' });
  }
}
