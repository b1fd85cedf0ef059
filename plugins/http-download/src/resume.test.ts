import { parseHttpAddress, type HttpProbe, type Validators } from '@hayloft/http';
import { seededRandom } from '@hayloft/engine/testing';
import { serveBytes, startScriptedOrigin } from '@hayloft/http/testing';
import { expect, test } from '@jest/globals';
import { resumeTokenOf } from './resume-token.ts';
import { openSmall, readSource, verdict } from './testing/read-source.ts';

const MiB = 1024 * 1024;

test('a transfer that was killed goes on where it stopped, in another process or the same', async () => {
  const bytes = Buffer.from(seededRandom(10).bytes(3 * MiB));
  await using origin = await startScriptedOrigin((request, response) =>
    serveBytes(request, response, { bytes, etag: '"v1"' }),
  );
  const options = { url: `${origin.url}/disk.img?signature=1`, rangeBytes: MiB };
  const first = await openSmall(options);
  const extents = first.extents({ signal: new AbortController().signal })[Symbol.asyncIterator]();
  await extents.next();
  await extents.return?.();
  await first[Symbol.asyncDispose]();

  await using second = await openSmall({ ...options, url: `${origin.url}/disk.img?signature=2` });
  expect(second.resumeToken).toBe(first.resumeToken);
  const seen = origin.requests.length;
  expect(verdict(await readSource(second, 2 * MiB), bytes.subarray(2 * MiB))).toBe('same bytes');
  expect(origin.requests.slice(seen).map(({ headers }) => headers.range)).toEqual([`bytes=${2 * MiB}-${3 * MiB - 1}`]);
});

const strong: Validators = { etag: '"v1"', lastModified: 'Mon, 31 Dec 2029 23:59:00 GMT', settled: true };
const dated: Validators = { ...strong, etag: undefined };

function token(url: string, validators: Partial<Validators>, of: Partial<HttpProbe> = {}): string | undefined {
  const address = parseHttpAddress(url);
  const probe = { address, sizeBytes: 1000, ranges: true, contentType: '', ...of };
  return resumeTokenOf(address, { ...probe, validators: { ...strong, ...validators } });
}

const file = 'https://host/disk.img';

test.each([
  ['another file', token('https://host/other.img', {})],
  ['another host', token('https://mirror/disk.img', {})],
  ['another ETag', token(file, { etag: '"v2"' })],
  ['another size', token(file, {}, { sizeBytes: 1001 })],
  ['a date instead of an ETag', token(file, dated)],
  ['another date', token(file, { ...dated, lastModified: 'Mon, 31 Dec 2029 23:58:00 GMT' })],
])('%s has another token', (_, other) => {
  expect(other).toBeDefined();
  expect(other).not.toBe(token(file, {}));
});

test.each([
  ['no ranges', token(file, {}, { ranges: false })],
  ['a weak ETag and no date', token(file, { etag: 'W/"v1"', lastModified: undefined })],
  ['a file that changed a moment ago', token(file, { ...dated, settled: false })],
  ['a date behind a query, which may select the file', token(`${file}?id=5`, dated)],
])('%s: nothing is promised', (_, none) => {
  expect(none).toBeUndefined();
});
