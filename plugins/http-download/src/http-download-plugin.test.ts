import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { silentLogger, type PluginContext } from '@hayloft/engine';
import { serveBytes, startScriptedOrigin } from '@hayloft/http/testing';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { httpDownloadPlugin } from './http-download-plugin.ts';
import { readingOf, readSource } from './testing/read-source.ts';

const bytes = Buffer.from('the bytes of an image');
const context: PluginContext = {
  signal: new AbortController().signal,
  logger: silentLogger,
  credentials: new Map(),
};

/** A folder with these files, and their paths. */
async function folderOf(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { path(name: string): string }> {
  const folder = await mkdtemp(join(tmpdir(), 'hayloft-download-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return {
    path: (name) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

test('secrets come from files, one line end not counted, and reach the origin but not the mirror behind it', async () => {
  await using folder = await folderOf({ password: 'straw & hay\n', headers: 'X-Token: abc\n\nX-Other:  d:e \r\n' });
  await using mirror = await startScriptedOrigin((request, response) =>
    serveBytes(request, response, { bytes, etag: '"v1"' }),
  );
  await using origin = await startScriptedOrigin((_, response) => {
    response.writeHead(302, { location: `${mirror.url}/file` }).end();
  });
  const options = httpDownloadPlugin.options.parse({
    url: `${origin.url}/disk.img?signature=1`,
    headers: { 'X-Plain': 'yes' },
    headerFile: folder.path('headers'),
    user: 'ada',
    passwordFile: folder.path('password'),
    checksum: 'AB'.repeat(64),
  });
  await using source = await httpDownloadPlugin.open(options, context);
  expect(await readSource(source)).toEqual(bytes);
  expect(source.checksum).toBe('ab'.repeat(64));
  expect(source.description).toBe(`${origin.url}/disk.img?[masked]`);
  expect(origin.requests[0]?.headers).toMatchObject({
    authorization: `Basic ${Buffer.from('ada:straw & hay').toString('base64')}`,
    'x-token': 'abc',
    'x-other': 'd:e',
    'x-plain': 'yes',
  });
  for (const { headers } of mirror.requests) {
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(x-|authorization)/)]));
  }
});

test('a web page is no image', async () => {
  await using origin = await startScriptedOrigin((_, response) => {
    response.writeHead(200, { 'content-type': 'Text/HTML; charset=utf-8' }).end('<html>Please log in</html>');
  });
  expect(await readingOf({ url: origin.url })).toMatchObject({
    code: 'SOURCE_INVALID',
    message: expect.stringContaining('is a web page'),
  });
});

test('credentials in clear text are warned of', async () => {
  await using folder = await folderOf({ token: 'abc' });
  await using origin = await startScriptedOrigin((request, response) => serveBytes(request, response, { bytes }));
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  await readingOf({ url: origin.url, tokenFile: folder.path('token') }, { logger });
  expect(warnings).toEqual([expect.stringContaining('clear text')]);
});

test('a file that is missing or holds no headers is a configuration error that does not show it', async () => {
  await using folder = await folderOf({ headers: 'just-a-secret' });
  for (const files of [{ tokenFile: folder.path('none') }, { headerFile: folder.path('headers') }]) {
    const error = await readingOf({ url: 'http://127.0.0.1:9/', ...files });
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
    expect(inspect(error)).not.toContain('just-a-secret');
  }
});

const url = 'https://host/disk.img';

test.each([
  ['nothing', undefined, 'not a table'],
  ['no URL', {}, '"url" is missing'],
  ['an unknown option', { url, sha512: 'x' }, 'no option "sha512"'],
  ['a short checksum', { url, checksum: 'abc' }, '"checksum"'],
  ['a user without password', { url, user: 'ada' }, '"passwordFile"'],
  ['two ways to authenticate', { url, user: 'ada', passwordFile: 'p', tokenFile: 't' }, 'exclude'],
  ['two proxies', { url, proxy: 'http://p', proxyFile: 'p' }, 'exclude'],
  ['no connection', { url, connections: 0 }, '"connections"'],
  ['too many connections', { url, connections: 17 }, '"connections"'],
  ['tiny parts', { url, rangeBytes: 1 }, '"rangeBytes"'],
  ['a secret in a header', { url, headers: { 'X-Api-Key': 'hush' } }, '"headerFile"'],
  ['Authorization in a header', { url, headers: { authorization: 'hush' } }, '"headerFile"'],
])('%s is refused with a sentence', (_, options, sentence) => {
  const parse = (): unknown => httpDownloadPlugin.options.parse(options);
  expect(parse).toThrow(sentence);
  expect(parse).not.toThrow('hush');
});

test('any options are read or refused with a code', () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.record(
      { url: fc.string(), connections: fc.anything(), headers: fc.anything(), rangeBytes: fc.anything() },
      { requiredKeys: ['url'] },
    ),
  );
  fc.assert(
    fc.property(anything, (options) => {
      try {
        httpDownloadPlugin.options.parse(options);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
      }
    }),
  );
});

test.each([
  ['no URL at all', 'disk.img'],
  ['a URL of another kind', 'ftp://host/disk.img'],
  ['a password in the URL', 'https://ada:pw@host/disk.img'],
])('%s is USAGE_INVALID', async (_, bad) => {
  expect(await readingOf({ url: bad })).toMatchObject({ code: 'USAGE_INVALID' });
});
