import { untilAborted, type BlobKey, type CallOptions } from '@hayloft/engine';
import { refusalOf } from '@hayloft/http';
import { blobPath } from './blob-path.ts';
import type { DavClient } from './dav-client.ts';
import type { DavFolders } from './dav-folders.ts';
import { deleteFile } from './delete-file.ts';
import { createMoveFile, type MoveFile } from './move-file.ts';
import { put, putWhole } from './put-whole.ts';
import { replaced, replacesWhole } from './replaces-whole.ts';
import { prepareStaging, stagedPath } from './staging.ts';

/** Writes blobs, and cleans up behind itself until it is disposed. */
export interface BlobWriter extends AsyncDisposable {
  write(key: BlobKey, data: Uint8Array, call: CallOptions): Promise<void>;
}

/** What is not removed by then is swept later. */
const cleaningMs = 5_000;

/**
 * A blob is written aside, looked at until all of it is there, and then given its name. Where the name is taken it is
 * replaced by a PUT if the server proved that it does that whole (see `replacesWhole`), else by a MOVE.
 */
export function createBlobWriter(client: DavClient, folders: DavFolders): BlobWriter {
  const moveFile = createMoveFile(client);
  /** What all writes share does not end with the one that happened to begin it. */
  const life = new AbortController();
  const cleaning = new Set<Promise<void>>();
  let prepared: Promise<void> | undefined;
  let proof: Promise<boolean> | undefined;

  const prepare = async (): Promise<void> => {
    await prepareStaging(client, { signal: life.signal });
    // Most runs replace a lock soon: the proof is under way by then.
    proof ??= prove(stagedPath());
  };

  /** What fails proves nothing. */
  const prove = (path: string): Promise<boolean> =>
    replacesWhole(client, path, { signal: life.signal })
      .catch(() => false)
      .finally(() => discard(path));

  /** In the background: a write that was aborted ends at once. */
  const discard = (path: string): void => {
    const done = deleteFile(client, path, { signal: AbortSignal.timeout(cleaningMs) })
      .catch(() => {})
      .finally(() => cleaning.delete(done));
    cleaning.add(done);
  };

  /** A folder that we know of may have gone: others prune them, and servers have many words for its absence. */
  const moveInto: MoveFile = async (from, to, options) => {
    try {
      return await moveFile(from, to, options);
    } catch (error) {
      folders.forget(to);
      if (refusalOf(error) === undefined || !(await makeFolders(to, options))) throw error;
      return moveFile(from, to, options);
    }
  };

  const makeFolders = (path: string, call: CallOptions): Promise<boolean> =>
    untilAborted(call.signal, () => folders.make(path, { signal: life.signal }));

  async function publish(staged: string, path: string, data: Uint8Array, call: CallOptions): Promise<void> {
    await putWhole(client, staged, data, call);
    const options = { sizeBytes: data.length, ...call };
    if (await moveInto(staged, path, { overwrite: false, ...options })) return;
    if (!(await untilAborted(call.signal, () => proof!))) {
      await moveFile(staged, path, { overwrite: true, ...options });
      return;
    }
    // No look afterwards: the server shows at once what it has, and another writer's blob may stand by then.
    await put(client, path, data, replaced, call);
    discard(staged);
  }

  return {
    async write(key, data, call) {
      const path = blobPath(key);
      const staged = stagedPath();
      try {
        await untilAborted(call.signal, () => (prepared ??= prepare()));
        await makeFolders(path, call);
        await publish(staged, path, data, call);
      } catch (error) {
        // Whatever was wrong: folders that were there may be what is missing now.
        prepared = undefined;
        folders.forget(path);
        discard(staged);
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      life.abort();
      await proof;
      await Promise.all(cleaning);
    },
  };
}
