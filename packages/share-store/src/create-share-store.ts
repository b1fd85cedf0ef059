import { blobPath, fileError, publishBlob, removeBlob, runStepsBy } from '@hayloft/directory-store';
import {
  BackupError,
  blobSizeBytesMax,
  checkRange,
  type BackupStore,
  type BlobKey,
  type GetOptions,
} from '@hayloft/engine';
import { listShare } from './list-share.ts';
import { isAbsence, openShare, type Share } from './open-share.ts';
import type { ShareProcessOptions } from './share-process.ts';
import { runShareStep } from './share-steps.ts';
import { sweepShare } from './sweep-share.ts';
import { untilAborted } from './until-aborted.ts';

export interface ShareStoreOptions extends ShareProcessOptions {
  /** Default true. */
  readonly writable?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Calls in flight: as many as the share's process has threads. */
const concurrencyMax = 16;
const root = '/';

/**
 * A store on a file share that is spoken in user space, in a process of its own. A blob's file is `key` below the share's
 * folder, exactly as a directory store writes it where the share is mounted.
 *
 * Connects, and changes nothing on the share. What the driver's `connect` throws becomes an error of this.
 */
export async function createShareStore(options: ShareStoreOptions): Promise<BackupStore> {
  const { location, writable = true } = options;
  const share = await openShare(options, options.signal).catch((error: unknown) => {
    options.signal.throwIfAborted();
    throw fileError(error, `cannot open ${location}`, { ENOENT: 'STORE_INVALID', ENOTDIR: 'STORE_INVALID' });
  });

  const onHang = (): void => share.replaceProcess('an aborted call did not end');

  /** Once, before the first write. */
  let swept: Promise<void> | undefined;

  /** Runs `work`, translates what it throws, and makes sure that an absence is not that of the whole store. */
  const attempt = async <Result>(doing: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> => {
    signal.throwIfAborted();
    const checked = async (): Promise<Result> => {
      try {
        return await work();
      } catch (error) {
        if (isAbsence(error)) await share.assertIsThere();
        throw error;
      }
    };
    try {
      return await untilAborted(checked(), signal, onHang);
    } catch (error) {
      throw fileError(error, `cannot ${doing} in ${location}`, { ENOTDIR: 'BLOB_NOT_FOUND' });
    }
  };

  const attemptToWrite = async (doing: string, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> => {
    signal.throwIfAborted();
    if (!writable) {
      throw new BackupError('STORE_READ_ONLY', `cannot ${doing} in ${location}: it was opened read-only`, {
        remedy: 'Choose another target, or open this one for writing.',
      });
    }
    try {
      await untilAborted(work(), signal, onHang);
    } catch (error) {
      // ENOENT: the folder was pruned again and again, or it is the store that is gone.
      throw fileError(error, `cannot ${doing} in ${location}`, { ENOENT: 'STORE_UNAVAILABLE' });
    }
  };

  return {
    location,
    // Others may have the share mounted, and their kernels remember listings for a while.
    capabilities: { conditionalPut: share.traits.nameIfAbsent, consistentListing: false, concurrencyMax },

    put: (key, data, { signal, ifAbsent = false }) =>
      attemptToWrite(`write "${key}"`, signal, async () => {
        blobPath(root, key);
        if (data.length > blobSizeBytesMax) throw tooLarge(key, data.length);
        swept ??= sweepShare(share).catch((error: unknown) => {
          swept = undefined;
          throw error;
        });
        await swept;
        const steps = publishBlob(root, key, [data], { ifAbsent, syncFolders: false });
        await runStepsBy((step) => runShareStep(share, step), steps, signal);
      }),

    get: (key, { signal, range }) => attempt(`read "${key}"`, signal, () => readBlob(share, key, range)),

    stat: (key, { signal }) =>
      attempt(`look at "${key}"`, signal, async () => {
        const { kind, sizeBytes, modifiedAtMs } = await share.call('stat', blobPath(root, key));
        if (kind !== 'file')
          throw Object.assign(new Error(`a ${kind}`), { code: kind === 'link' ? 'ELOOP' : 'ENOENT' });
        return { key, sizeBytes, modifiedAt: new Date(modifiedAtMs) };
      }),

    async *list(prefix, { signal }) {
      const listing = listShare(share, prefix, signal);
      const failed = `cannot list "${prefix}" in ${location}`;
      const codes = { ENOENT: 'STORE_UNAVAILABLE', ENOTDIR: 'STORE_UNAVAILABLE' } as const;
      for (;;) {
        signal.throwIfAborted();
        const step = await untilAborted(listing.next(), signal, onHang).catch((error: unknown) => {
          throw fileError(error, failed, codes);
        });
        if (step.done === true) break;
        yield step.value;
      }
      // A folder that went away meanwhile left empty folders to be read.
      await untilAborted(share.assertIsThere(), signal, onHang).catch((error: unknown) => {
        throw fileError(error, failed, codes);
      });
      signal.throwIfAborted();
    },

    delete: (key, { signal }) =>
      attemptToWrite(`delete "${key}"`, signal, async () => {
        blobPath(root, key);
        await share.assertIsThere(); // or everything would have been deleted already
        await runStepsBy((step) => runShareStep(share, step), removeBlob(root, key), signal);
      }),

    async [Symbol.asyncDispose]() {
      share.close();
    },
  };
}

async function readBlob(share: Share, key: BlobKey, range: GetOptions['range']): Promise<Uint8Array> {
  const path = blobPath(root, key);
  const { sizeBytes, bytes } = await share.call('read', path, { range, sizeBytesMax: blobSizeBytesMax });
  const { offset, length } = range ?? { offset: 0, length: sizeBytes };
  checkRange({ offset, length }, sizeBytes, `"${key}"`);
  if (length > blobSizeBytesMax) {
    throw new BackupError(
      'STORE_INVALID',
      `"${key}" has ${sizeBytes} bytes; no blob has more than ${blobSizeBytesMax}`,
      {
        remedy: 'Check what this file is and move it away.',
      },
    );
  }
  if (bytes.length !== length) {
    throw new BackupError(
      'STORE_UNAVAILABLE',
      `"${key}" ended at byte ${offset + bytes.length} of ${sizeBytes} while it was read`,
      {
        remedy: 'Check the server, then run the same command again.',
      },
    );
  }
  return bytes;
}

function tooLarge(key: BlobKey, sizeBytes: number): BackupError {
  return new BackupError(
    'INTERNAL',
    `"${key}" of ${sizeBytes} bytes is larger than a blob may be (${blobSizeBytesMax})`,
    { remedy: 'Report this: nothing should try to write such a blob.' },
  );
}
