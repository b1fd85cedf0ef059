import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { useServer } from '@hayloft/tool-servers';
import { startSlowLine } from './slow-line.ts';

/** Where the contestants' stores stand. */
export interface Place extends AsyncDisposable {
  /** A folder for whatever else a contestant keeps. */
  readonly scratch: string;
  /** What a contestant's processes need to reach the stores. */
  readonly environment: Readonly<Record<string, string>>;
  /** The target URL of a contestant's store, ending in `/`. */
  url(name: string): string;
  /** The same in restic's words. */
  resticRepository(name: string): string;
  /** From here on the contestant's store is a new one. */
  empty(name: string): Promise<void>;
}

export function folderPlace(scratch: string): Place {
  const pathOf = (name: string): string => join(scratch, name);
  return {
    scratch,
    environment: {},
    url: (name) => `file://${pathOf(name)}/`,
    resticRepository: pathOf,
    empty: async (name) => {
      rmSync(pathOf(name), { recursive: true, force: true });
      mkdirSync(pathOf(name), { recursive: true });
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A bucket of a real S3 server on loopback; with `delayMs` on the way there. A new store is a new prefix of the bucket. */
export async function bucketPlace(scratch: string, delayMs = 0): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const { endpoint, region, accessKeyId, secretAccessKey } = stack.use(await useServer('versitygw')).config;
  const line = delayMs === 0 ? undefined : stack.use(await startSlowLine(endpoint, delayMs));
  const origin = line?.origin ?? endpoint;
  const bucket = `bench-${process.pid}-${delayMs}`;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  const held = stack.move();
  const generations = new Map<string, number>();
  const prefixOf = (name: string): string => `${name}-${generations.get(name) ?? 0}`;
  return {
    scratch,
    environment: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINTS: origin,
      AWS_DEFAULT_REGION: region,
    },
    url: (name) => `s3://${bucket}@${region}/${prefixOf(name)}/`,
    resticRepository: (name) => `s3:${origin}/${bucket}/${prefixOf(name)}`,
    empty: async (name) => void generations.set(name, (generations.get(name) ?? 0) + 1),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
