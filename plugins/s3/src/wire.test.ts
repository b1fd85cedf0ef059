import { expect, test } from '@jest/globals';
import { startScriptedOrigin } from '@hayloft/http/testing';
import { afterOpening, anyKeys, open, signal, takingPuts } from './testing.ts';

const options = { bucket: 'bucket', region: 'eu-north-1', prefix: 'a/' };

test('a put is one plain request: its length and the SHA-256 of its bytes, no checksum, no chunks, no Expect', async () => {
  const bodies: Buffer[] = [];
  await using origin = await startScriptedOrigin(takingPuts(bodies));
  await using store = await open(options, anyKeys(origin.url));
  const data = new Uint8Array(3 * 1024 * 1024).fill(7);
  await store.put('b', data, { signal });
  const { method, url, headers } = origin.requests[1]!;
  expect([method, url]).toEqual(['PUT', '/bucket/a/b?x-id=PutObject']);
  expect(headers['content-length']).toBe(String(data.length));
  expect(headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
  expect(headers['content-type']).toBe('application/octet-stream');
  for (const name of Object.keys(headers)) {
    expect(name).not.toMatch(
      /checksum|sdk|trailer|md5|decoded-content-length|^expect$|transfer-encoding|content-encoding/,
    );
  }
  expect(bodies[0]!.equals(data)).toBe(true);
  expect(origin.requests).toHaveLength(2);
});

test('no checksum is asked for in answers either', async () => {
  await using origin = await startScriptedOrigin(
    afterOpening((_request, response) => response.writeHead(200, { etag: '"1"' }).end('hay')),
  );
  await using store = await open(options, anyKeys(origin.url));
  expect(Buffer.from(await store.get('b', { signal })).toString()).toBe('hay');
  expect(origin.requests[1]!.headers['x-amz-checksum-mode']).toBeUndefined();
});

test('a put on condition says so, and a refusal of it is BLOB_EXISTS', async () => {
  await using origin = await startScriptedOrigin(
    afterOpening((request, response) => request.resume().on('end', () => response.writeHead(412).end())),
  );
  await using store = await open({ ...options, conditionalPut: true }, anyKeys(origin.url));
  const put = store.put('b', new Uint8Array(1), { signal, ifAbsent: true });
  await expect(put).rejects.toMatchObject({ code: 'BLOB_EXISTS' });
  expect(origin.requests[1]!.headers['if-none-match']).toBe('*');
});

test.each([
  [{ encryption: 'AES256' }, {}, { 'x-amz-server-side-encryption': 'AES256' }],
  [
    { encryption: 'aws:kms', kmsKeyId: 'alias/hay' },
    {},
    { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'alias/hay' },
  ],
  [
    { encryption: 'customer' },
    { AWS_SSE_CUSTOMER_KEY: Buffer.alloc(32, 1).toString('base64') },
    {
      'x-amz-server-side-encryption-customer-algorithm': 'AES256',
      'x-amz-server-side-encryption-customer-key': Buffer.alloc(32, 1).toString('base64'),
      'x-amz-server-side-encryption-customer-key-md5': '4Funlf7OsLF0HL+vKU+fkg==',
    },
  ],
])('%j is passed on with every put', async (encryption, keys, headers) => {
  await using origin = await startScriptedOrigin(takingPuts());
  await using store = await open({ ...options, ...encryption }, { ...anyKeys(origin.url), ...keys });
  await store.put('b', new Uint8Array(1), { signal });
  expect(origin.requests[1]!.headers).toMatchObject(headers);
});
