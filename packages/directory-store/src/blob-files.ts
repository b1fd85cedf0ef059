import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { BackupError, mapConcurrently, type BlobKey, type CallOptions } from '@hayloft/engine';
import { blobPath } from './blob-path.ts';
import { errnoOf, fileError } from './file-error.ts';
import { runSteps, runStepsSync, syncFolder } from './file-steps.ts';
import { assertInside, publishStaged as publishStagedSteps, removeQuietly, stageBlob } from './publish-blob.ts';
import { assertIsFile, cutShort, readFlags } from './read-blob.ts';

/**
 * Writes a blob's bytes into the staging area of the store that is the directory `root` (`StoreDirectory.path`), for
 * worker threads: it blocks. They are not durable yet and nobody sees them. `publishStaged` or `discardStaged` comes
 * next, on the main thread: waiting for the disk is what a worker has no time for.
 */
export function stageBlobSync(root: string, parts: readonly Uint8Array[]): string {
  try {
    return runStepsSync(stageBlob(root, parts));
  } catch (error) {
    throw fileError(error, `cannot write in ${root}`, { ENOENT: 'STORE_UNAVAILABLE' });
  }
}

/**
 * Makes the bytes of a staged blob durable and then gives them their name, which is durable once the folder that it
 * resolves to went through `syncFolders`. What fails or is aborted is removed.
 */
export async function publishStaged(root: string, staged: string, key: BlobKey, call: CallOptions): Promise<string> {
  try {
    return await runSteps(publishStagedSteps(root, staged, key, { ifAbsent: false, syncFolders: false }), call.signal);
  } catch (error) {
    throw fileError(error, `cannot write "${key}" in ${root}`, { ENOENT: 'STORE_UNAVAILABLE' });
  }
}

/** Removes what was staged and is not to be published. */
export async function discardStaged(staged: string): Promise<void> {
  await runSteps(removeQuietly('unlink', staged), new AbortController().signal);
}

/** Folders that are synced at once: as many as Node has threads for files. */
const syncsMax = 4;

/** Makes durable what `publishStaged` named in these folders, and the folders themselves, up to the root. */
export async function syncFolders(root: string, folders: Iterable<string>, { signal }: CallOptions): Promise<void> {
  const all = new Set<string>();
  for (const folder of folders) {
    for (let each = folder; each.length >= root.length && !all.has(each); each = dirname(each)) all.add(each);
  }
  await mapConcurrently(all, syncsMax, async (folder) => {
    signal.throwIfAborted();
    try {
      await syncFolder(folder);
    } catch (error) {
      throw fileError(error, `cannot make "${folder}" durable`, { ENOENT: 'STORE_UNAVAILABLE' });
    }
  });
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
