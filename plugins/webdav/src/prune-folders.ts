import { dirname } from 'node:path/posix';
import type { CallOptions } from '@hayloft/engine';
import type { DavClient } from './dav-client.ts';
import { lockCollection, unlock, type DavLock } from './dav-lock.ts';
import { deleteFile } from './delete-file.ts';
import { propfind } from './propfind.ts';
import { putWhole } from './put-whole.ts';
import { makeCollection, stagedPath } from './staging.ts';

/** Removes the folders that the removal of a blob left empty, as far as the server allows to do that safely. */
export type PruneFolders = (path: string, call: CallOptions) => Promise<void>;

/** A block stands in two folders of its own (`ab/cd/`), a backup's config in one. */
const prunedLevelsMax = 2;

/**
 * Longhorn takes an empty folder of a backup for a backup in progress, where it sees the folder that the server serves.
 *
 * But a DELETE of a collection takes along whatever somebody puts into it meanwhile. So it is locked first, looked into
 * once more, and removed with the lock; and because some servers grant locks that they do not heed (Nextcloud), one is
 * tried out first. Where locks are not heeded or not known, empty folders stay.
 */
export function createPruneFolders(client: DavClient, forget: (path: string) => void): PruneFolders {
  let heeded: Promise<boolean> | undefined;

  async function pruneOne(folder: string, call: CallOptions): Promise<boolean> {
    if (!(await isEmpty(client, folder, call))) return false;
    if (!(await (heeded ??= heedsLocks(client, call)))) return false;
    const lock = await lockCollection(client, folder, call);
    if (lock === undefined) return false;
    try {
      if (!(await isEmpty(client, folder, call))) return false;
      forget(`${folder}/`);
      return await deleteLocked(client, folder, lock, call);
    } finally {
      await unlock(client, folder, lock);
    }
  }

  return async (path, call) => {
    try {
      let folder = dirname(path);
      for (let level = 0; level < prunedLevelsMax && isPruned(folder); level++) {
        if (!(await pruneOne(folder, call))) return;
        folder = dirname(folder);
      }
    } catch {
      // The blob is gone, which is what counts; a folder may stay.
      heeded = undefined;
      call.signal.throwIfAborted();
    }
  };
}

/** Only folders of one backup or of one shard of blocks, and never those of locks, which come and go all the time. */
function isPruned(folder: string): boolean {
  const parts = folder.split('/');
  return parts.length > 3 && parts.at(-1) !== 'locks';
}

async function isEmpty(client: DavClient, folder: string, call: CallOptions): Promise<boolean> {
  const found = await propfind(client, `${folder}/`, 1, call);
  return found?.self.isCollection === true && found.children.length === 0;
}

async function deleteLocked(
  client: DavClient,
  folder: string,
  lock: DavLock,
  { signal }: CallOptions,
): Promise<boolean> {
  // With its URL: Apache would look for an unnamed token in the folder around it too.
  const headers = { if: `<${client.url(`${folder}/`).href}> (<${lock.token}>)` };
  const expected = [200, 204, 207, 400, 403, 404, 405, 409, 412, 423, 424];
  const answer = await client.send({ method: 'DELETE', path: `${folder}/`, headers, expected, signal });
  await answer.discard();
  return [200, 204, 404].includes(answer.status);
}

/** Apache says of the destination that something else depends on it. */
const locked = [423, 424];

/** Whether nobody without the lock can name a file into a collection that is locked, which is how blobs come there. */
async function heedsLocks(client: DavClient, call: CallOptions): Promise<boolean> {
  const [folder, file] = [stagedPath(), stagedPath()];
  await makeCollection(client, `${folder}/`, call);
  await putWhole(client, file, new Uint8Array(1), call);
  const lock = await lockCollection(client, folder, call);
  try {
    if (lock === undefined) return false;
    const headers = { destination: client.url(`${folder}/trial`).href, overwrite: 'F' };
    const expected = [200, 201, 202, 204, 207, ...locked];
    const answer = await client.send({ method: 'MOVE', path: file, headers, expected, signal: call.signal });
    await answer.discard();
    return locked.includes(answer.status);
  } finally {
    if (lock !== undefined) await unlock(client, folder, lock);
    // Nobody else knows of the folder: nothing can be in it but what we put there.
    for (const path of [file, `${folder}/`]) await deleteFile(client, path, call);
  }
}
