import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { s3Plugin } from '@hayloft/plugin-s3';
import { useServer } from '@hayloft/tool-servers';
import { s3Dialect } from '../http/s3-dialect.ts';
import type { StoreUnderTest } from '../run/store-under-test.ts';
import { leavesServerOut, makeHttpPlace, makesEveryFault } from './http-place.ts';
import { pluginContext } from './plugin-context.ts';

/** The `s3` plugin before one of the S3 servers. */
const s3Store = (name: string, server: 'ceph' | 'versitygw'): StoreUnderTest => ({
  name,
  type: 's3',
  servers: [server],
  makes: makesEveryFault,
  async start() {
    const used = await useServer(server);
    const { endpoint, region, accessKeyId, secretAccessKey } = used.config;
    const keysFor = (origin: string): Record<string, string> => ({
      AWS_ENDPOINTS: origin,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
    const bucket = `faults-${randomUUID()}`;
    const client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    return {
      makePlace: (place) =>
        makeHttpPlace({
          origin: endpoint,
          dialect: s3Dialect,
          open: (origin, signal) => {
            const options = s3Plugin.options.parse({ bucket, region, prefix: place });
            return s3Plugin.open(options, pluginContext(keysFor(origin), signal));
          },
          longhorn: { url: `s3://${bucket}@${region}/${place}/`, env: keysFor(endpoint) },
        }),
      [Symbol.asyncDispose]: () => used[Symbol.asyncDispose](),
    };
  },
});

export const versityStore: StoreUnderTest = s3Store('s3: Versity', 'versitygw');
export const cephStore: StoreUnderTest = { ...s3Store('s3: Ceph', 'ceph'), skips: leavesServerOut };
