import { randomBytes } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, jest, test } from '@jest/globals';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { anyKeys, clientOf, keysOf, makeBucket, open, signal } from './testing.ts';

jest.setTimeout(60_000);

const testWithCeph = (await hasServers('ceph')) ? test : test.skip;
const newKey = (): string => randomBytes(32).toString('base64');

testWithCeph('with a customer’s key only who has it reads, and looks, and everything works as without', async () => {
  await using server = await useServer('ceph');
  const bucket = await makeBucket(server.config);
  const options = { bucket, region: 'us-east-1', encryption: 'customer' };
  const keys = { ...keysOf(server.config), AWS_SSE_CUSTOMER_KEY: newKey() };
  await using store = await open(options, keys);
  await store.put('b', Buffer.from('hay and straw'), { signal });
  expect(Buffer.from(await store.get('b', { signal })).toString()).toBe('hay and straw');
  const range = { offset: 4, length: 3 };
  expect(Buffer.from(await store.get('b', { signal, range })).toString()).toBe('and');
  expect((await store.stat('b', { signal })).sizeBytes).toBe(13);

  const plain = clientOf(server.config).send(new GetObjectCommand({ Bucket: bucket, Key: 'b' }));
  await expect(plain).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  await using other = await open(options, { ...keys, AWS_SSE_CUSTOMER_KEY: newKey() });
  await expect(other.get('b', { signal })).rejects.toMatchObject({ code: expect.not.stringMatching('BLOB_NOT_FOUND') });
});

test('asking for it without a key is refused', async () => {
  const opened = open({ bucket: 'bucket', region: 'us-east-1', encryption: 'customer' }, anyKeys('http://127.0.0.1:1'));
  await expect(opened).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
    remedy: expect.stringContaining('AWS_SSE_CUSTOMER_KEY'),
  });
});

test('no region anywhere is refused where only AWS can be meant', async () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' };
  await expect(open({ bucket: 'bucket' }, keys)).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
    remedy: expect.stringContaining('AWS_REGION'),
  });
});
