import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { startScriptedService, answer, listing } from './testing/scripted-service.ts';
import { openStore, signal } from './testing/test-container.ts';

const container = 'images';
const blobHeaders = { 'content-type': 'application/octet-stream', etag: '"1"', 'x-ms-blob-type': 'BlockBlob' };

test('a put is one plain request of the version that Longhorn speaks, and a condition is sent with it', async () => {
  const bodies: Buffer[] = [];
  await using service = await startScriptedService((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks));
      answer(response, 201, { etag: '"1"' });
    });
  });
  await using store = await openStore(container, service.credentials, 'a');
  const data = new Uint8Array(3 * 1024 * 1024).fill(7);
  await store.put('b', data, { signal, ifAbsent: true });
  await store.put('b', data, { signal });
  const [opening, first, second] = service.requests;
  expect(opening!.headers['x-ms-version']).toBe('2024-11-04');
  expect([first!.method, first!.url]).toEqual(['PUT', '/account/images/a/b']);
  expect(first!.headers).toMatchObject({
    'content-length': String(data.length),
    'content-md5': createHash('md5').update(data).digest('base64'),
    'if-none-match': '*',
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-version': '2024-11-04',
    authorization: expect.stringMatching(/^SharedKey account:/),
  });
  expect(second!.headers['if-none-match']).toBeUndefined();
  expect(bodies.map((body) => body.equals(data))).toEqual([true, true]);
  expect(service.requests).toHaveLength(3);
});

describe('a blob that does not arrive whole', () => {
  test('is STORE_UNAVAILABLE where the connection breaks, and not asked for again', async () => {
    await using service = await startScriptedService((_request, response) => {
      response.writeHead(200, { ...blobHeaders, 'x-ms-request-id': '1', 'content-length': '100' });
      response.write('hay', () => response.destroy());
    });
    await using store = await openStore(container, service.credentials);
    await expect(store.get('b', { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(service.requests).toHaveLength(2);
  });

  test('is STORE_INVALID where other bytes come than those asked for', async () => {
    await using service = await startScriptedService((_request, response, count) =>
      count === 0
        ? answer(response, 200, blobHeaders, 'the whole blob')
        : answer(response, 206, { ...blobHeaders, 'content-range': 'bytes 4-6/14' }, 'who'),
    );
    await using store = await openStore(container, service.credentials);
    for (let round = 0; round < 2; round++) {
      const get = store.get('b', { signal, range: { offset: 1, length: 3 } });
      await expect(get).rejects.toMatchObject({ code: 'STORE_INVALID' });
    }
  });

  test('is STORE_INVALID where it is larger than any blob, before it is read', async () => {
    await using service = await startScriptedService((_request, response) => {
      response.writeHead(200, { ...blobHeaders, 'x-ms-request-id': '1', 'content-length': String(2 ** 40) }).write('h');
    });
    await using store = await openStore(container, service.credentials);
    await expect(store.get('b', { signal })).rejects.toMatchObject({ code: 'STORE_INVALID' });
  });
});

test('a listing follows every marker, even behind an empty page', async () => {
  const pages = [listing(['p/a'], 'one'), listing([], 'two'), listing(['p/b/c', 'p/no blob'])];
  await using service = await startScriptedService((_request, response, count) =>
    answer(response, 200, {}, pages[count]),
  );
  await using store = await openStore(container, service.credentials, 'p');
  const keys: string[] = [];
  for await (const { key } of store.list('', { signal })) keys.push(key);
  expect(keys).toEqual(['a', 'b/c']);
  const markers = service.requests.slice(1).map(({ url }) => new URL(url!, service.url).searchParams.get('marker'));
  expect(markers).toEqual([null, 'one', 'two']);
});

test('folders of a hierarchical namespace are no blobs', async () => {
  const mark = { 'x-ms-meta-hdi_isfolder': 'true' };
  await using service = await startScriptedService((request, response) => {
    if (request.url!.includes('comp=list')) {
      const page = listing(['a', 'a/b']).replace(
        '<Metadata />',
        '<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>',
      );
      answer(response, 200, {}, page);
    } else answer(response, 200, { ...blobHeaders, ...mark, 'last-modified': new Date(0).toUTCString() });
  });
  await using store = await openStore(container, service.credentials);
  const keys: string[] = [];
  for await (const { key } of store.list('', { signal })) keys.push(key);
  expect(keys).toEqual(['a/b']);
  await expect(store.get('a', { signal })).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  await expect(store.stat('a', { signal })).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
});

test('an abort ends calls to a service that never answers, without waiting for anything', async () => {
  await using service = await startScriptedService(() => {});
  await using store = await openStore(container, service.credentials);
  const reason = new Error('stopped by the test');
  const calls = (signal: AbortSignal): Promise<unknown>[] => [
    store.put('b', new Uint8Array(1), { signal }),
    store.get('b', { signal }),
    store.stat('b', { signal }),
    store.delete('b', { signal }),
    store.list('', { signal })[Symbol.asyncIterator]().next(),
  ];
  const controller = new AbortController();
  const running = Promise.allSettled(calls(controller.signal));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  while (service.requests.length < 6) await turn();
  controller.abort(reason);
  const waiting = turn().then(turn).then(turn);
  const results = await Promise.race([running, waiting]);
  expect(results).toEqual(Array(5).fill({ status: 'rejected', reason }));
});
