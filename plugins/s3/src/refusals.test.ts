import { expect, jest, test } from '@jest/globals';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { refusalOf } from '@hayloft/http';
import { systemClock } from '@hayloft/engine';
import { startScriptedOrigin } from '@hayloft/http/testing';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { afterOpening, anyKeys, clientOf, keysOf, makeBucket, open, refusalOfS3, signal } from './testing.ts';

jest.setTimeout(120_000);

const options = { bucket: 'bucket', region: 'us-east-1' };

/** What opening comes to when the server answers so. */
async function refusedWith(status: number, body: string, headers: Record<string, string> = {}): Promise<unknown> {
  await using origin = await startScriptedOrigin((_request, response) => response.writeHead(status, headers).end(body));
  return await open(options, anyKeys(origin.url)).catch((error: unknown) => {
    expect(origin.requests).toHaveLength(1);
    return error;
  });
}

test.each([
  [403, 'AccessDenied', {}, {}, 'ACCESS_DENIED', /denies access/, /s3:ListBucket/],
  [403, 'InvalidAccessKeyId', {}, {}, 'ACCESS_DENIED', /does not know this access key/, /AWS_ACCESS_KEY_ID/],
  [403, 'SignatureDoesNotMatch', {}, {}, 'ACCESS_DENIED', /secret key/, /AWS_SECRET_ACCESS_KEY/],
  [400, 'ExpiredToken', {}, {}, 'ACCESS_DENIED', /expired/, /AWS_SESSION_TOKEN/],
  [400, 'InvalidToken', {}, {}, 'ACCESS_DENIED', /session token/, /AWS_SESSION_TOKEN/],
  [
    403,
    'RequestTimeTooSkewed',
    { RequestTime: '20300101T000000Z', ServerTime: '2030-01-01T01:00:00Z' },
    {},
    'ACCESS_DENIED',
    /clocks .*\(here 20300101T000000Z, there 2030-01-01T01:00:00Z/,
    /NTP/,
  ],
  [404, 'NoSuchBucket', {}, {}, 'STORE_INVALID', /no such bucket/, /Create the bucket/],
  [
    400,
    'AuthorizationHeaderMalformed',
    { Region: 'eu-west-1' },
    {},
    'CONFIGURATION_INVALID',
    /in the region eu-west-1/,
    /s3:\/\/bucket@eu-west-1\//,
  ],
  [
    301,
    'PermanentRedirect',
    {},
    { 'x-amz-bucket-region': 'ap-south-1' },
    'CONFIGURATION_INVALID',
    /in the region ap-south-1/,
    /@ap-south-1/,
  ],
  [301, 'PermanentRedirect', {}, {}, 'CONFIGURATION_INVALID', /another region/, /region/],
  [503, 'SlowDown', {}, {}, 'STORE_UNAVAILABLE', /too much/, /later/],
  [429, 'TooManyRequests', {}, {}, 'STORE_UNAVAILABLE', /too much/, /later/],
  [500, 'InternalError', {}, {}, 'STORE_UNAVAILABLE', /failed/, /later/],
  [400, 'RequestTimeout', {}, {}, 'STORE_UNAVAILABLE', /too long/, /later/],
  [403, 'QuotaExceeded', {}, {}, 'NO_SPACE', /quota/, /prune/],
  [507, 'XMinioStorageFull', {}, {}, 'NO_SPACE', /no space/, /prune/],
  [400, 'KMS.NotFoundException', {}, {}, 'CONFIGURATION_INVALID', /no such KMS key/, /kmsKeyId/],
  [400, 'SomethingNew', {}, {}, 'STORE_INVALID', /refuses .*SomethingNew, HTTP 400/, /AWS_ENDPOINTS/],
] as const)('%d %s %j', async (status, code, fields, headers, expected, message, remedy) => {
  const error = await refusedWith(status, refusalOfS3(code, fields), { 'content-type': 'application/xml', ...headers });
  expect(error).toMatchObject({
    code: expected,
    message: expect.stringMatching(message),
    remedy: expect.stringMatching(remedy),
  });
  expect(String(error)).toContain('s3://bucket@us-east-1/');
  expect(JSON.stringify(error) + String(error)).not.toContain('secret-of-the-test');
});

test.each([
  ['no body', 403, '', 'ACCESS_DENIED'],
  ['no body', 503, '', 'STORE_UNAVAILABLE'],
  ['a web page', 502, '<html><body>Bad gateway<br></body></html>', 'STORE_UNAVAILABLE'],
  ['a web page', 404, '<!DOCTYPE html><html><body>Not found</body></html>', 'STORE_INVALID'],
  ['a broken answer', 403, '<Error><Code>Acc', 'ACCESS_DENIED'],
  ['JSON', 404, '{"error":"no"}', 'STORE_INVALID'],
])('%s with status %d', async (_, status, body, code) => {
  expect(await refusedWith(status, body)).toMatchObject({ code });
});

test('the wait that a busy server asks for is said, and kept for who retries', async () => {
  const error = await refusedWith(503, refusalOfS3('SlowDown'), { 'retry-after': '7' });
  expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('in 7 s') });
  expect(refusalOf(error)).toMatchObject({ status: 503, retryAfterMs: 7_000 });
  const date = new Date(systemClock.now() + 3_600_000).toUTCString();
  const later = refusalOf(await refusedWith(429, '', { 'retry-after': date }))!.retryAfterMs!;
  expect(later).toBeGreaterThan(3_500_000);
});

test('a driver does not retry: every verb asks once', async () => {
  await using origin = await startScriptedOrigin(
    afterOpening((request, response) => request.resume().on('end', () => response.writeHead(503).end())),
  );
  await using store = await open(options, anyKeys(origin.url));
  const list = async (): Promise<void> => {
    for await (const _ of store.list('', { signal }));
  };
  const verbs = [
    () => store.put('b', new Uint8Array(1), { signal }),
    () => store.get('b', { signal }),
    () => store.stat('b', { signal }),
    () => store.delete('b', { signal }),
    list,
  ];
  for (const [index, verb] of verbs.entries()) {
    await expect(verb()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(origin.requests).toHaveLength(index + 2);
  }
});

test.each([
  ['nothing listens', 'http://127.0.0.1:1', 'STORE_UNAVAILABLE', /nothing listens/],
  ['an unknown host', 'http://no-such-host.invalid', 'STORE_UNAVAILABLE', /no host of that name|name server/],
])('%s', async (_, endpoint, code, message) => {
  await expect(open(options, anyKeys(endpoint))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('an absent key is BLOB_NOT_FOUND, but a 404 that says something else or nothing never is', async () => {
  let body = refusalOfS3('NoSuchKey');
  await using origin = await startScriptedOrigin(
    afterOpening((_request, response) => response.writeHead(404, { 'content-type': 'application/xml' }).end(body)),
  );
  await using store = await open(options, anyKeys(origin.url));
  await expect(store.get('b', { signal })).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  await store.delete('b', { signal });
  for (body of [refusalOfS3('NoSuchBucket'), '', '<html></html>', refusalOfS3('NoSuchUpload')]) {
    await expect(store.get('b', { signal })).rejects.toMatchObject({ code: 'STORE_INVALID' });
    await expect(store.stat('b', { signal })).rejects.toMatchObject({ code: 'STORE_INVALID' });
    await expect(store.delete('b', { signal })).rejects.toMatchObject({ code: 'STORE_INVALID' });
  }
});

for (const name of ['ceph', 'versitygw'] as const) {
  const testWithServer = (await hasServers(name)) ? test : test.skip;

  testWithServer(
    `${name}: wrong key, wrong secret, wrong bucket and a bucket that went away are told apart`,
    async () => {
      await using server = await useServer(name);
      const bucket = await makeBucket(server.config);
      const keys = keysOf(server.config);
      const refusal = (more: object, changes: Record<string, string> = {}): Promise<unknown> =>
        open({ ...options, bucket, ...more }, { ...keys, ...changes }).catch((error: unknown) => error);
      expect(await refusal({}, { AWS_ACCESS_KEY_ID: 'NOBODY' })).toMatchObject({
        code: 'ACCESS_DENIED',
        message: expect.stringContaining('does not know this access key'),
      });
      expect(await refusal({}, { AWS_SECRET_ACCESS_KEY: 'wrong' })).toMatchObject({
        code: 'ACCESS_DENIED',
        message: expect.stringContaining('secret key does not fit'),
      });
      expect(await refusal({ bucket: `${bucket}-not` })).toMatchObject({ code: 'STORE_INVALID' });
      expect(await refusal({ bucket: 'Bad_Name.' })).toMatchObject({
        code: expect.stringMatching(/STORE_INVALID|CONFIGURATION_INVALID/),
      });
    },
  );
}

const testWithCeph = (await hasServers('ceph')) ? test : test.skip;

testWithCeph('credentials that may only read list and read, and a write is ACCESS_DENIED', async () => {
  await using server = await useServer('ceph');
  const bucket = await makeBucket(server.config);
  await using owner = await open({ ...options, bucket }, keysOf(server.config));
  await owner.put('b', new Uint8Array(3), { signal });
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:PutObject', 's3:DeleteObject'],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
    ],
  });
  await clientOf(server.config).send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  await using reader = await open({ ...options, bucket }, keysOf(server.config));
  expect((await reader.get('b', { signal })).length).toBe(3);
  await expect(reader.put('c', new Uint8Array(1), { signal })).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    remedy: expect.stringContaining('s3:PutObject'),
  });
  await expect(reader.delete('b', { signal })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
});
