import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from '@jest/globals';
import { silentLogger, type Extent, type ImageSource, type PluginContext } from '@hayloft/engine';
import { uploadPlugin } from './upload-plugin.ts';

const folder = mkdtempSync(join(tmpdir(), 'hayloft-upload-'));
const { signal } = new AbortController();
const context: PluginContext = { signal, logger: silentLogger, credentials: new Map() };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (options: unknown) => uploadPlugin.open(uploadPlugin.options.parse(options), context);

/** The image's bytes, and which kinds of extents they came in; each must begin where the one before ended. */
async function read(source: ImageSource, from?: number): Promise<{ bytes: Buffer; kinds: string[] }> {
  const parts: Buffer[] = [];
  const kinds: string[] = [];
  let position = from ?? 0;
  for await (const extent of source.extents(from === undefined ? { signal } : { signal, from })) {
    expect(extent.offset).toBe(position);
    parts.push(extent.kind === 'hole' ? Buffer.alloc(extent.length) : Buffer.from(extent.bytes));
    kinds.push(extent.kind);
    position += parts.at(-1)!.length;
  }
  return { bytes: Buffer.concat(parts), kinds };
}

const mebibyte = 1024 * 1024;
const sample = Buffer.concat([Buffer.alloc(mebibyte, 1), Buffer.alloc(2 * mebibyte), Buffer.alloc(1000, 2)]);

test('a file is read whole, zeros as holes, and again from an offset', async () => {
  const path = join(folder, 'image');
  writeFileSync(path, sample);
  await using source = await open({ path });
  expect(source).toMatchObject({ sizeBytes: sample.length, file: { path } });
  const { bytes, kinds } = await read(source);
  expect(bytes.equals(sample)).toBe(true);
  expect(kinds).toEqual(['data', 'hole', 'hole', 'data']);
  expect((await read(source, 2 * mebibyte)).bytes.equals(sample.subarray(2 * mebibyte))).toBe(true);
});

test('the token of a file changes with the file', async () => {
  const path = join(folder, 'changing');
  writeFileSync(path, sample);
  const [first, again] = [await open({ path }), await open({ path })];
  expect(again.resumeToken).toBe(first.resumeToken);
  appendFileSync(path, 'x');
  expect((await open({ path })).resumeToken).not.toBe(first.resumeToken);
});

test('a file that changes while it is read is SOURCE_CHANGED', async () => {
  const path = join(folder, 'growing');
  writeFileSync(path, sample);
  await using source = await open({ path });
  const extents = source.extents({ signal })[Symbol.asyncIterator]();
  await extents.next();
  appendFileSync(path, 'x');
  const rest = (async () => {
    while (!(await extents.next()).done);
  })();
  await expect(rest).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});

test('what is no file with bytes in it is refused before anything is read', async () => {
  writeFileSync(join(folder, 'empty'), '');
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  const cases: [string, string][] = [
    [join(folder, 'missing'), 'SOURCE_NOT_FOUND'],
    [join(folder, 'empty', 'below-a-file'), 'SOURCE_NOT_FOUND'],
    [join(folder, 'empty'), 'SOURCE_INVALID'],
    [folder, 'SOURCE_INVALID'],
    [join(folder, 'fifo'), 'SOURCE_INVALID'],
    ['/dev/null', 'SOURCE_INVALID'],
  ];
  for (const [path, code] of cases) await expect(open({ path })).rejects.toMatchObject({ code });
});

test('standard input is read once, in order, zeros as holes', async () => {
  const chunks = [Buffer.alloc(100_000, 1), Buffer.alloc(70_000), Buffer.alloc(5 * mebibyte, 3)];
  await using source = await open({ stdin: Readable.from(chunks) });
  expect([source.sizeBytes, source.resumeToken, source.file]).toEqual([undefined, undefined, undefined]);
  const { bytes, kinds } = await read(source);
  expect(bytes.equals(Buffer.concat(chunks))).toBe(true);
  expect(kinds).toEqual(['data', 'hole', 'data', 'data']);
  await expect(read(source)).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
});

test('standard input that never ends gives way to an abort, with its reason', async () => {
  const abort = new AbortController();
  await using source = await open({ stdin: new Readable({ read() {} }) });
  const next: Promise<IteratorResult<Extent>> = source.extents({ signal: abort.signal })[Symbol.asyncIterator]().next();
  abort.abort(new Error('stop'));
  await expect(next).rejects.toThrow('stop');
});

test('standard input that breaks is no end of an image', async () => {
  const stdin = Readable.from(
    (async function* () {
      yield Buffer.alloc(512, 1);
      throw new Error('broken pipe');
    })(),
  );
  await using source = await open({ stdin });
  await expect(read(source)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});

test.each([
  ['no source', {}],
  ['two sources', { path: '/x', stdin: Readable.from([]) }],
  ['an unknown option', { path: '/x', pad: true }],
  ['a checksum that is none', { path: '/x', checksum: 'abc' }],
  ['standard input that is no stream', { stdin: true }],
])('%s is CONFIGURATION_INVALID', (_, options) => {
  expect(() => uploadPlugin.options.parse(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
});
