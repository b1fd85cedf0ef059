import { createHash } from 'node:crypto';
import {
  BackupError,
  checkRange,
  checkBlobKey,
  isBackupError,
  type BackupStore,
  type PluginContext,
} from '@hayloft/engine';
import { formatTargetUrl } from '@hayloft/longhorn-format';
import { readAccess } from './azure-access.ts';
import { connect } from './azure-connection.ts';
import { isFolder } from './folders.ts';
import { listBlobs, type Place } from './list-blobs.ts';
import type { AzureOptions } from './options.ts';
import { checkPart } from './ranges.ts';
import { refusalBehind } from './translate-error.ts';

/** More than any run needs: the limit that counts is the configuration's. */
const concurrencyMax = 64;

/**
 * A store in a container. Opening lists one blob, which proves account, container and credentials without writing.
 * `ACCESS_DENIED`, `STORE_INVALID`, `STORE_UNAVAILABLE`, `CONFIGURATION_INVALID`. `pageSize` is for tests of the paging.
 */
export async function openAzureStore(
  { container, endpointSuffix, prefix }: AzureOptions,
  context: Pick<PluginContext, 'credentials' | 'signal'>,
  { pageSize }: Pick<Place, 'pageSize'> = {},
): Promise<BackupStore> {
  const access = readAccess(context.credentials, endpointSuffix);
  const host = endpointSuffix === undefined ? { user: '', host: container } : { user: container, host: endpointSuffix };
  const location = formatTargetUrl({ scheme: 'azblob', ...host, path: `/${prefix}`, query: new Map() });
  const connection = await connect({ access, container, location });
  const nameOf = (key: string): string => {
    checkBlobKey(key);
    return prefix + key;
  };
  const notFound = (key: string): BackupError =>
    new BackupError('BLOB_NOT_FOUND', `there is no "${key}" in ${location}`, { remedy: 'Check the name.' });
  /** The service says what is missing; any other 404 is no answer about a blob. */
  const absent = (key: string) => (error: unknown) =>
    refusalBehind(error)?.name === 'BlobNotFound' ? notFound(key) : undefined;

  const store: BackupStore = {
    location,
    capabilities: { conditionalPut: true, consistentListing: true, concurrencyMax },

    async put(key, data, { signal, ifAbsent = false }) {
      const name = nameOf(key);
      const settings = {
        blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
        // The signature is over the length only: without this, the service keeps what a bad link made of the bytes.
        transactionalContentMD5: createHash('md5').update(data).digest(),
        conditions: ifAbsent ? { ifNoneMatch: '*' } : {},
      };
      const exists = (error: unknown): BackupError | undefined => {
        const refusal = ifAbsent ? refusalBehind(error)?.name : undefined;
        if (refusal !== 'BlobAlreadyExists' && refusal !== 'ConditionNotMet') return undefined;
        return new BackupError('BLOB_EXISTS', `there is a "${key}" in ${location} already`, { remedy: 'Keep it.' });
      };
      await connection.run(
        `write "${key}"`,
        { signal },
        (blobs, call) => blobs.getBlockBlobClient(name).upload(data, data.length, { ...settings, ...call }),
        exists,
      );
    },

    async get(key, { signal, range }) {
      const what = `"${key}" in ${location}`;
      const name = nameOf(key);
      if (range !== undefined) checkRange(range, Infinity, what);
      if (range?.length === 0) {
        // HTTP cannot ask for no bytes.
        checkRange(range, (await store.stat(key, { signal })).sizeBytes, what);
        return new Uint8Array(0);
      }
      const refused = (error: unknown): BackupError | undefined => {
        if (refusalBehind(error)?.name !== 'InvalidRange') return absent(key)(error);
        return new BackupError('RANGE_INVALID', `${what} has no bytes from ${range?.offset} on`, {
          remedy: 'Ask for bytes that are there.',
        });
      };
      return connection.run(
        `read "${key}"`,
        { signal },
        async (blobs, call) => {
          const answer = await blobs.getBlobClient(name).download(range?.offset, range?.length, call);
          const bytes = await readWhole(answer.readableStreamBody as AsyncIterable<Uint8Array>);
          if (isFolder(answer.metadata)) throw notFound(key);
          if (range !== undefined) checkPart(bytes, answer.contentRange, range, what);
          return bytes;
        },
        refused,
      );
    },

    async stat(key, { signal }) {
      const doing = `look at "${key}"`;
      const name = nameOf(key);
      const { contentLength, lastModified, metadata } = await connection.run(
        doing,
        { signal },
        (blobs, call) => blobs.getBlobClient(name).getProperties(call),
        absent(key),
      );
      if (isFolder(metadata)) throw notFound(key);
      if (contentLength === undefined || lastModified === undefined) {
        throw new BackupError('STORE_INVALID', `cannot ${doing} in ${location}: the answer has no size or no time`, {
          remedy: 'Check AZBLOB_ENDPOINT and the proxy: what answers there does not speak the protocol of Azure.',
        });
      }
      return { key, sizeBytes: contentLength, modifiedAt: lastModified };
    },

    list: (within, call) => listBlobs(connection, { prefix, location, pageSize }, within, call),

    async delete(key, { signal }) {
      const name = nameOf(key);
      try {
        await connection.run(
          `delete "${key}"`,
          { signal },
          (blobs, call) => blobs.getBlobClient(name).delete({ ...call, deleteSnapshots: 'include' }),
          absent(key),
        );
      } catch (error) {
        if (!isBackupError(error, 'BLOB_NOT_FOUND')) throw error;
      }
    },

    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };

  try {
    await connection.run('list blobs', context, (blobs, call) =>
      blobs
        .listBlobsFlat({ ...call, prefix })
        .byPage({ maxPageSize: 1 })
        .next(),
    );
    return store;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** Usually one chunk: the connection has read the body whole already. */
async function readWhole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
