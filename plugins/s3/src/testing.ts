import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Secret, silentLogger, type BackupStore, type PluginContext } from '@hayloft/engine';
import type { Script } from '@hayloft/http/testing';
import { s3Plugin } from './s3-plugin.ts';

// What the tests share: buckets on real servers, and a server that answers as told.

export const { signal } = new AbortController();

/** A server of `tools/servers`, as far as a bucket needs it. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Opens a store with exactly these options and credential keys. */
export async function open(
  options: unknown,
  keys: Readonly<Record<string, string>>,
  context: Partial<PluginContext> = {},
): Promise<BackupStore> {
  const credentials = new Map(Object.entries(keys).map(([key, value]) => [key, new Secret(value)]));
  return await s3Plugin.open(s3Plugin.options.parse(options), {
    signal,
    logger: silentLogger,
    credentials,
    ...context,
  });
}

/** Keys of a target as Longhorn's Secret has them. */
export const keysOf = ({ endpoint, accessKeyId, secretAccessKey }: S3Server): Record<string, string> => ({
  AWS_ENDPOINTS: endpoint,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
});

export const clientOf = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): S3Client =>
  new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });

/** Makes a bucket of its own for a test; it goes away with the server. */
export async function makeBucket(server: S3Server): Promise<string> {
  const bucket = `hayloft-${randomUUID()}`;
  await clientOf(server).send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}

/** Keys of a target whose server is a scripted one. */
export const anyKeys = (endpoint: string): Record<string, string> =>
  keysOf({ endpoint, region: '', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret-of-the-test' });

export const emptyListing =
  '<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>';

/** Answers the listing of an opening well, and all else by `script`, whose count begins behind it. */
export function afterOpening(script: Script): Script {
  return (request, response, count) => {
    if (count > 0) script(request, response, count - 1);
    else response.writeHead(200, { 'content-type': 'application/xml' }).end(emptyListing);
  };
}

export const refusalOfS3 = (code: string, fields: Readonly<Record<string, string>> = {}): string => {
  const more = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message>${more.join('')}</Error>`;
};

/** Takes every put and remembers its body. */
export function takingPuts(bodies: Buffer[] = []): Script {
  return afterOpening((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks));
      response.writeHead(200, { etag: '"1"' }).end();
    });
  });
}
