import { seededRandom } from '@hayloft/engine/testing';
import { serveBytes, startScriptedOrigin, type Script } from '@hayloft/http/testing';
import { expect, test } from '@jest/globals';
import { openSmall, readingOf, readSource, verdict } from './testing/read-source.ts';

const bytes = Buffer.from(seededRandom(8).bytes(200_000));

/** A server that knows no ranges. */
const whole =
  (served: object = {}): Script =>
  (request, response) => {
    delete request.headers.range;
    serveBytes(request, response, { bytes, ...served });
  };

const chunked: Script = (_, response) => {
  response.writeHead(200);
  response.write(bytes.subarray(0, 1000));
  response.end(bytes.subarray(1000));
};

test('a server without ranges is read in one go, and nothing can be resumed', async () => {
  await using origin = await startScriptedOrigin(whole({ etag: '"v1"' }));
  await using source = await openSmall({ url: origin.url });
  expect(source.sizeBytes).toBe(bytes.length);
  expect(source.resumeToken).toBeUndefined();
  expect(verdict(await readSource(source), bytes)).toBe('same bytes');
  expect(origin.requests).toHaveLength(2);
});

test('without a length the size is unknown until the end', async () => {
  await using origin = await startScriptedOrigin(chunked);
  await using source = await openSmall({ url: origin.url });
  expect(source.sizeBytes).toBeUndefined();
  expect(verdict(await readSource(source), bytes)).toBe('same bytes');
});

test('parts that nothing holds together are not asked for', async () => {
  await using origin = await startScriptedOrigin((request, response) => serveBytes(request, response, { bytes }));
  expect(verdict(await readingOf({ url: origin.url }), bytes)).toBe('same bytes');
  expect(origin.requests.map(({ headers }) => headers.range)).toEqual(['bytes=0-0', undefined]);
});

test('an empty file has no extents', async () => {
  await using origin = await startScriptedOrigin((request, response) =>
    serveBytes(request, response, { bytes: Buffer.alloc(0), etag: '"v1"' }),
  );
  await using source = await openSmall({ url: origin.url });
  expect(source.sizeBytes).toBe(0);
  expect(await readSource(source)).toHaveLength(0);
});

/** Answers the probe well, and what follows by `script`. */
const later =
  (script: Script): Script =>
  (request, response, count) =>
    (count === 0 ? whole({ etag: '"v1"' }) : script)(request, response, count);

test.each<[string, Script, string]>([
  ['a cut', later(whole({ cutAfterBytes: 1000 })), 'SOURCE_UNAVAILABLE'],
  ['an early end in good order', later((_, response) => response.writeHead(200).end('short')), 'SOURCE_UNAVAILABLE'],
  [
    'more bytes than announced',
    later((_, response) => void response.writeHead(200).end(Buffer.alloc(200_001))),
    'SOURCE_INVALID',
  ],
  ['another length', later(whole({ bytes: bytes.subarray(1) })), 'SOURCE_CHANGED'],
  ['another ETag', later(whole({ etag: '"v2"' })), 'SOURCE_CHANGED'],
  ['gzip', later(whole({ headers: { 'content-encoding': 'gzip' } })), 'SOURCE_INVALID'],
  ['an unasked part', later((_, response) => response.writeHead(206).end('part')), 'SOURCE_INVALID'],
])('%s ends the transfer', async (_, script, code) => {
  await using origin = await startScriptedOrigin(script);
  expect(await readingOf({ url: origin.url })).toMatchObject({ code });
});

test('refusals before the first byte are ridden out', async () => {
  await using origin = await startScriptedOrigin((request, response, count) => {
    if (count === 0 || count === 2) response.writeHead(503).end();
    else whole()(request, response, count);
  });
  expect(verdict(await readingOf({ url: origin.url }), bytes)).toBe('same bytes');
});
