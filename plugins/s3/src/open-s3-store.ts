import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  BackupError,
  checkRange,
  checkBlobKey,
  isBackupError,
  type BackupStore,
  type CallOptions,
  type PluginContext,
} from '@hayloft/engine';
import { formatTargetUrl } from '@hayloft/longhorn-format';
import { encryptionParameters } from './encryption.ts';
import { getBlob } from './get-blob.ts';
import { traitsOf } from './known-servers.ts';
import { listObjects } from './list-objects.ts';
import type { S3Options } from './options.ts';
import { readAccess, type S3Access } from './s3-access.ts';
import { connect } from './s3-connection.ts';
import { refusalBehind } from './translate-error.ts';

/** More than any run needs: the limit that counts is the configuration's. */
const concurrencyMax = 64;

/**
 * A store in a bucket. Opening lists one key, which proves region, bucket and credentials without writing.
 * `ACCESS_DENIED`, `STORE_INVALID`, `STORE_UNAVAILABLE`, `CONFIGURATION_INVALID`.
 */
export async function openS3Store(options: S3Options, context: PluginContext): Promise<BackupStore> {
  const access = readAccess(context.credentials);
  const { bucket, prefix } = options;
  const location = locationOf(options);
  const region = regionOf(options, access, location);
  const encryption = encryptionParameters(options, access.customerKey);
  const connection = await connect({ access, region, location, logger: context.logger });
  const at = (key: string): { readonly Bucket: string; readonly Key: string } => {
    checkBlobKey(key);
    return { Bucket: bucket, Key: prefix + key };
  };
  const notFound = (key: string): BackupError =>
    new BackupError('BLOB_NOT_FOUND', `there is no "${key}" in ${location}`, { remedy: 'Check the name.' });
  const silent = (doing: string, what: string): BackupError =>
    new BackupError('STORE_INVALID', `cannot ${doing} in ${location}: the server answers without ${what}`, {
      remedy: 'Check AWS_ENDPOINTS and the proxy: what answers there does not speak S3.',
    });

  /** Rejects where there is no bucket, or none for us; resolves to the server's own name for the request. */
  async function probe(call: CallOptions): Promise<string | undefined> {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 });
    const { $metadata } = await connection.run('list blobs', call, (s3, sdk) => s3.send(command, sdk));
    return $metadata.requestId;
  }

  const requestId = await probe(context).catch(async (error: unknown) => {
    await connection[Symbol.asyncDispose]();
    throw error;
  });

  const store: BackupStore = {
    location,
    capabilities: {
      ...traitsOf(access.endpoint, { requestId, serverName: connection.serverName }, options),
      concurrencyMax,
    },

    async put(key, data, { signal, ifAbsent = false }) {
      const doing = `write "${key}"`;
      const command = new PutObjectCommand({
        ...at(key),
        Body: data,
        ContentType: 'application/octet-stream',
        IfNoneMatch: ifAbsent ? '*' : undefined,
        ...encryption.put,
      });
      const whenRefused = (error: unknown): BackupError | undefined => {
        if (!ifAbsent || refusalBehind(error)?.status !== 412) return undefined;
        return new BackupError('BLOB_EXISTS', `there is a "${key}" in ${location} already`, { remedy: 'Keep it.' });
      };
      const answer = await connection.run(doing, { signal }, (s3, sdk) => s3.send(command, sdk), whenRefused);
      if (answer.ETag === undefined) throw silent(doing, 'an ETag');
    },

    async get(key, { signal, range }) {
      const what = `"${key}" in ${location}`;
      const input = { ...at(key), ...encryption.read };
      if (range?.length === 0) {
        // HTTP cannot ask for no bytes.
        checkRange(range, (await store.stat(key, { signal })).sizeBytes, what);
        return new Uint8Array(0);
      }
      const doing = `read "${key}"`;
      return await getBlob(connection, { input, range, doing, what, notFound: () => notFound(key), signal });
    },

    async stat(key, { signal }) {
      const doing = `look at "${key}"`;
      const command = new HeadObjectCommand({ ...at(key), ...encryption.read });
      const absent = (error: unknown): BackupError | undefined =>
        refusalBehind(error)?.status === 404 ? notFound(key) : undefined;
      try {
        const answer = await connection.run(doing, { signal }, (s3, sdk) => s3.send(command, sdk), absent);
        const { ContentLength: sizeBytes, LastModified: modifiedAt } = answer;
        if (sizeBytes === undefined || modifiedAt === undefined) throw silent(doing, 'a size and a time');
        return { key, sizeBytes, modifiedAt };
      } catch (error) {
        // An answer without a body does not say what is absent; it may be the bucket.
        if (isBackupError(error, 'BLOB_NOT_FOUND')) await probe({ signal });
        throw error;
      }
    },

    list: (within, call) => listObjects(connection, { bucket, prefix, location }, within, call),

    async delete(key, { signal }) {
      const doing = `delete "${key}"`;
      const command = new DeleteObjectCommand(at(key));
      const absent = (error: unknown): BackupError | undefined =>
        refusalBehind(error)?.name === 'NoSuchKey' ? notFound(key) : undefined;
      try {
        await connection.run(doing, { signal }, (s3, sdk) => s3.send(command, sdk), absent);
      } catch (error) {
        if (!isBackupError(error, 'BLOB_NOT_FOUND')) throw error;
      }
    },

    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
  return store;
}

function locationOf({ bucket, region, prefix }: S3Options): string {
  const place = region === undefined ? { user: '', host: bucket } : { user: bucket, host: region };
  return formatTargetUrl({ scheme: 's3', ...place, path: `/${prefix}`, query: new Map() });
}

function regionOf({ region }: S3Options, access: S3Access, location: string): string {
  // Most servers but AWS's own have one region and do not care for its name.
  const known = region ?? access.region ?? (access.endpoint === undefined ? undefined : 'us-east-1');
  if (known !== undefined) return known;
  throw new BackupError('CONFIGURATION_INVALID', `nothing says in which region the bucket of ${location} is`, {
    remedy: 'Write the target as s3://bucket@region/prefix/, or give AWS_REGION among its credentials.',
  });
}
