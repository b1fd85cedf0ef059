import { BackupError, blobSizeBytesMax, type BackupStore, type CallOptions } from '@hayloft/engine';
import { blobPath } from './blob-path.ts';
import type { DavClient } from './dav-client.ts';
import { createDavFolders } from './dav-folders.ts';
import { deleteFile } from './delete-file.ts';
import { listBlobs } from './list-blobs.ts';
import { assertRoot, findBlob, lookAtBlob } from './look-at-blob.ts';
import { createPruneFolders } from './prune-folders.ts';
import { propfind } from './propfind.ts';
import { readBlob } from './read-blob.ts';
import { createBlobWriter } from './write-blob.ts';

export interface WebdavStoreOptions extends CallOptions {
  /** The store owns it from here on. */
  readonly client: DavClient;
  /** For people, as a target URL ending in `/`. */
  readonly location: string;
}

/** Requests in flight: a server has a process or a thread for each, and usually some dozens of them. */
const concurrencyMax = 16;

/**
 * A store below one collection of a WebDAV server. `STORE_INVALID` when there is none, or what answers is no WebDAV
 * server; `ACCESS_DENIED` when the credentials are refused.
 *
 * Neither a PUT nor a MOVE on condition is atomic on servers that exist (they look first), and what stands between us
 * and the server may answer from a cache: the store states neither.
 */
export async function createWebdavStore({ client, location, signal }: WebdavStoreOptions): Promise<BackupStore> {
  const root = await propfind(client, '', 0, { signal });
  if (root?.self.isCollection !== true) {
    const what = root === undefined ? 'there is no such folder' : 'it is a file';
    throw new BackupError('STORE_INVALID', `cannot open ${location}: on the server ${what}`, {
      remedy: 'Check the URL, or make the folder on the server if the store is to be a new one.',
    });
  }
  const folders = createDavFolders(client);
  const writer = createBlobWriter(client, folders);
  const pruneFolders = createPruneFolders(client, (path) => folders.forget(path));

  return {
    location,
    capabilities: { conditionalPut: false, consistentListing: false, concurrencyMax },

    async put(key, data, { signal, ifAbsent }) {
      signal.throwIfAborted();
      if (ifAbsent === true) throw bug(`${location} cannot put on condition`);
      if (data.length > blobSizeBytesMax) throw bug(`"${key}" of ${data.length} bytes is larger than a blob may be`);
      await writer.write(key, data, { signal });
    },

    async get(key, options) {
      options.signal.throwIfAborted();
      return readBlob(client, key, options);
    },

    async stat(key, call) {
      call.signal.throwIfAborted();
      return lookAtBlob(client, key, call);
    },

    async *list(prefix, { signal }) {
      signal.throwIfAborted();
      yield* listBlobs(client, prefix, signal);
    },

    async delete(key, call) {
      call.signal.throwIfAborted();
      // Looked at first: a DELETE of a collection would take everything in it along.
      if ((await findBlob(client, key, call)) === undefined) return assertRoot(client, call);
      await deleteFile(client, blobPath(key), call);
      await pruneFolders(blobPath(key), call);
    },

    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}

const bug = (message: string): BackupError => new BackupError('INTERNAL', message, { remedy: 'Report this bug.' });
