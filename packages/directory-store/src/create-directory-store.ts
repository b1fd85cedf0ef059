import { resolve } from 'node:path';
import { BackupError, blobSizeBytesMax, type BackupStore, type BlobKey } from '@hayloft/engine';
import { errnoOf, fileError } from './file-error.ts';
import { fileSystemTraits } from './file-systems.ts';
import { runSteps } from './file-steps.ts';
import { listBlobs } from './list-blobs.ts';
import { publishBlob } from './publish-blob.ts';
import { readBlob, statBlob } from './read-blob.ts';
import { removeBlob } from './remove-blob.ts';
import { sweepStaging } from './staging.ts';
import { openStoreRoot } from './store-root.ts';

export interface DirectoryStoreOptions {
  /** The folder that holds `backupstore/`; a key's file is `path/key`. */
  readonly path: string;
  /** For people, as a target URL ending in `/`. */
  readonly location: string;
  /** Default true. */
  readonly writable?: boolean | undefined;
  /** Default false: a missing folder is an error, because an unmounted share looks just so. True: the first put makes it. */
  readonly create?: boolean | undefined;
}

/** Calls in flight: more than Node has threads for files, so that none of them waits for work. */
const concurrencyMax = 16;

/**
 * A store over a directory: local, or a mounted share.
 *
 * `STORE_INVALID` when `path` is no folder, or missing and not to be created. Opening changes nothing on the disk.
 */
export async function createDirectoryStore(options: DirectoryStoreOptions): Promise<BackupStore> {
  const { location, writable = true, create = false } = options;
  const root = await openStoreRoot(resolve(options.path), location, create);
  const traits = await fileSystemTraits(root.path);

  /** Once, before the first write: makes the folder, if that was asked for, and sweeps what dead processes left. */
  let prepared: Promise<void> | undefined;
  const prepareForWriting = async (): Promise<void> => {
    await root.make();
    await root.assertIsThere();
    await sweepStaging(root.path);
  };

  /** Runs `work`, translates what it throws, and makes sure that an absence is not that of the whole store. */
  const attempt = async <Result>(doing: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (isAbsence(error)) await root.assertIsThere();
      throw fileError(error, `cannot ${doing} in ${location}`, { ENOTDIR: 'BLOB_NOT_FOUND' });
    }
  };

  const attemptToWrite = async (doing: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
    if (!writable) {
      throw new BackupError('STORE_READ_ONLY', `cannot ${doing} in ${location}: it was opened read-only`, {
        remedy: 'Choose another target, or open this one for writing.',
      });
    }
    try {
      signal.throwIfAborted();
      await root.assertIsThere();
      await work();
    } catch (error) {
      // ENOENT: the folder was pruned again and again, or it is the store that is gone.
      throw fileError(error, `cannot ${doing} in ${location}`, { ENOENT: 'STORE_UNAVAILABLE' });
    }
  };

  return {
    location,
    capabilities: { conditionalPut: traits.hardLinks, consistentListing: traits.local, concurrencyMax },
    directory: { path: root.path, writable },

    put: (key, data, { signal, ifAbsent = false }) =>
      attemptToWrite(`write "${key}"`, signal, async () => {
        if (data.length > blobSizeBytesMax) throw tooLarge(key, data.length);
        prepared ??= prepareForWriting().catch((error: unknown) => {
          prepared = undefined;
          throw error;
        });
        await prepared;
        await runSteps(publishBlob(root.path, key, [data], { ifAbsent, syncFolders: true }), signal);
      }),

    get: (key, call) =>
      attempt(`read "${key}"`, () => {
        call.signal.throwIfAborted();
        return readBlob(root.path, key, call);
      }),

    stat: (key, { signal }) =>
      attempt(`look at "${key}"`, () => {
        signal.throwIfAborted();
        return statBlob(root.path, key, signal);
      }),

    async *list(prefix, { signal }) {
      try {
        signal.throwIfAborted();
        await root.assertIsThere();
        yield* listBlobs(root.path, prefix, signal);
        // A share that went away meanwhile left empty folders to be read.
        await root.assertIsThere();
        signal.throwIfAborted();
      } catch (error) {
        throw fileError(error, `cannot list "${prefix}" in ${location}`, { ENOENT: 'STORE_UNAVAILABLE' });
      }
    },

    delete: (key, { signal }) =>
      attemptToWrite(`delete "${key}"`, signal, () => runSteps(removeBlob(root.path, key), signal)),

    async [Symbol.asyncDispose]() {},
  };
}

function isAbsence(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';
}

function tooLarge(key: BlobKey, sizeBytes: number): BackupError {
  return new BackupError(
    'INTERNAL',
    `"${key}" of ${sizeBytes} bytes is larger than a blob may be (${blobSizeBytesMax})`,
    {
      remedy: 'Report this: nothing should try to write such a blob.',
    },
  );
}
