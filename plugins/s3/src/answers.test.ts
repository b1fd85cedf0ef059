import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { startScriptedOrigin, type Script } from '@hayloft/http/testing';
import type { BackupStore } from '@hayloft/engine';
import { afterOpening, anyKeys, open, signal } from './testing.ts';

const options = { bucket: 'bucket', region: 'us-east-1', prefix: 'p' };

/** A store whose server answers by `script` once it is open. */
async function scripted(
  script: Script,
): Promise<{ store: BackupStore; requests: readonly IncomingMessage[] } & AsyncDisposable> {
  const origin = await startScriptedOrigin(afterOpening(script));
  const store = await open(options, anyKeys(origin.url));
  return {
    store,
    requests: origin.requests,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

const answering =
  (body: string | Uint8Array, status = 200, headers: Record<string, string> = {}): Script =>
  (request, response) =>
    request.resume().on('end', () => response.writeHead(status, headers).end(body));

const item = (key: string): string =>
  `<Contents><Key>${key}</Key><LastModified>2030-01-01T00:00:00.000Z</LastModified><Size>3</Size></Contents>`;
const listing = (items: string, rest: string): string => `<ListBucketResult>${items}${rest}</ListBucketResult>`;
const last = '<IsTruncated>false</IsTruncated>';
const more = (token: string): string =>
  `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;

async function keysIn(store: BackupStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('', { signal })) keys.push(key);
  return keys;
}

describe('a listing', () => {
  test('is read page by page to its end, and what is no blob is left out', async () => {
    const pages = [
      listing(item('p/a') + item('p/photo%20&amp; more.jpg') + item('p/folder/'), more('one+two/3=')),
      listing('', more('next')),
      listing(item('p/b/c'), last),
    ];
    await using trial = await scripted((_request, response, count) => response.writeHead(200).end(pages[count]));
    expect(await keysIn(trial.store)).toEqual(['a', 'b/c']);
    expect(new URL(`http://x${trial.requests[2]!.url}`).searchParams.get('continuation-token')).toBe('one+two/3=');
  });

  test.each([
    ['a web page', '<!DOCTYPE html><html><body>Please log in</body></html>'],
    ['nothing', ''],
    ['JSON', '{}'],
    ['another answer of S3', '<ListAllMyBucketsResult></ListAllMyBucketsResult>'],
    ['one that stops in the middle', `<ListBucketResult>${item('p/a')}<Contents><Key>p/b`],
    ['one that stops after an item', `<ListBucketResult>${item('p/a')}`],
    ['one that says first that it is complete, and stops', `<ListBucketResult>${last}${item('p/a')}`],
    ['one that stops in a closing tag', `<ListBucketResult>${last}${item('p/a')}</ListBucketRes`],
    ['one that does not say that it is complete', listing(item('p/a'), '')],
    ['one that has more, but no token', listing(item('p/a'), '<IsTruncated>true</IsTruncated>')],
    ['one of another prefix', listing(item('q/a'), last)],
    ['one without sizes', listing('<Contents><Key>p/a</Key></Contents>', last)],
    ['one that goes round in circles', listing(item('p/a'), more('again'))],
  ])('%s is an error, never an empty or short listing', async (_, body) => {
    await using trial = await scripted(answering(body));
    await expect(keysIn(trial.store)).rejects.toMatchObject({ code: 'STORE_INVALID' });
  });

  test('one that is cut on the way is unavailable', async () => {
    await using trial = await scripted((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write(`<ListBucketResult>${item('p/a')}`, () => response.destroy());
    });
    await expect(keysIn(trial.store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('a failure on a later page is no end', async () => {
    await using trial = await scripted((_request, response, count) =>
      count === 0 ? response.writeHead(200).end(listing(item('p/a'), more('t'))) : response.writeHead(500).end(),
    );
    await expect(keysIn(trial.store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('a put', () => {
  test.each([
    ['a web page', '<html></html>', { 'content-type': 'text/html; charset=utf-8', etag: '"1"' }],
    ['nothing that S3 would say', '', {}],
  ])('that is answered 200 with %s has not succeeded', async (_, body, headers) => {
    await using trial = await scripted(answering(body, 200, headers));
    const put = trial.store.put('a', new Uint8Array(1), { signal });
    await expect(put).rejects.toMatchObject({ code: 'STORE_INVALID' });
  });
});

describe('a get', () => {
  test('that is cut is never a shorter blob', async () => {
    for (const headers of [{ 'content-length': '10' }, { 'transfer-encoding': 'chunked' }]) {
      await using trial = await scripted((_request, response) => {
        response.writeHead(200, headers);
        response.write('short', () => response.destroy());
      });
      await expect(trial.store.get('a', { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
  });

  test('of what is larger than any blob is refused before it fills the memory', async () => {
    const chunk = new Uint8Array(1024 * 1024);
    for (const headers of [{ 'content-length': String(65 * chunk.length) }, {}]) {
      await using trial = await scripted((_request, response) => {
        response.writeHead(200, headers);
        for (let count = 0; count < 65; count++) response.write(chunk);
        response.end();
      });
      await expect(trial.store.get('a', { signal })).rejects.toMatchObject({ code: 'STORE_INVALID' });
    }
  });

  const range = { offset: 2, length: 3 };
  test.each([
    ['the range asked for', 206, 'cde', 'bytes 2-4/6', 'cde'],
    ['the whole blob', 200, 'abcdef', undefined, 'cde'],
    ['the whole blob, too short', 200, 'abcd', undefined, 'RANGE_INVALID'],
    ['a range cut at the end of the blob', 206, 'cd', 'bytes 2-3/4', 'RANGE_INVALID'],
    ['another range', 206, 'abc', 'bytes 0-2/6', 'STORE_INVALID'],
    ['fewer bytes than it says', 206, 'cd', 'bytes 2-4/6', 'STORE_INVALID'],
  ])('of a range that is answered with %s', async (_, status, body, contentRange, expected) => {
    const headers = contentRange === undefined ? {} : { 'content-range': contentRange };
    await using trial = await scripted(answering(body, status, headers));
    const got = await trial.store.get('a', { signal, range }).then(
      (bytes) => Buffer.from(bytes).toString(),
      (error: unknown) => (error as { code: string }).code,
    );
    expect(got).toBe(expected);
  });
});

test('a look at a blob that is answered without size or time is refused', async () => {
  for (const headers of [{ 'content-length': '3' }, { 'last-modified': 'Tue, 01 Jan 2030 00:00:00 GMT' }]) {
    await using trial = await scripted((_request, response) => response.writeHead(200, headers).end());
    await expect(trial.store.stat('a', { signal })).rejects.toMatchObject({ code: 'STORE_INVALID' });
  }
});

test('an abort ends a call that is never answered, with its reason', async () => {
  const reason = new Error('enough');
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await using trial = await scripted(() => resolve());
  const controller = new AbortController();
  const call = trial.store.get('a', { signal: controller.signal });
  await asked;
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
});
