import { expect, jest, test } from '@jest/globals';
import type { BackupStore, BlobInfo, ErrorCode } from '@hayloft/engine';
import { startScriptedOrigin } from '@hayloft/http/testing';
import { openStore, signal } from './testing/open-store.ts';
import {
  childrenOf,
  describe as member,
  describeMember,
  multistatus,
  say,
  startScriptedDav,
  type DavExchange,
  type ScriptedDav,
} from './testing/scripted-dav.ts';

jest.setTimeout(60_000);

const bytes = new Uint8Array(1_000).fill(7);
const date = '<d:getlastmodified>Tue, 24 Nov 2026 12:00:00 GMT</d:getlastmodified>';
const xml = { 'content-type': 'application/xml' };

async function listed(store: BackupStore, prefix = ''): Promise<BlobInfo[]> {
  const infos: BlobInfo[] = [];
  for await (const info of store.list(prefix, { signal })) infos.push(info);
  return infos;
}
const keysOf = async (store: BackupStore): Promise<string[]> => (await listed(store)).map(({ key }) => key).sort();

/** A server with the blobs `a/b` and `a/c`. */
async function startWithBlobs(): Promise<ScriptedDav> {
  const dav = await startScriptedDav();
  dav.folders.add('a');
  for (const path of ['a/b', 'a/c']) dav.files.set(path, bytes);
  return dav;
}

/** Answers the question for what is in `a`. */
const onListing =
  (answer: (exchange: DavExchange, dav: ScriptedDav) => boolean) =>
  (exchange: DavExchange, dav: ScriptedDav): boolean =>
    exchange.method === 'PROPFIND' && exchange.path === 'a' ? answer(exchange, dav) : false;

/** Each shows the same two blobs in its own way. */
const manners: readonly [string, (dav: ScriptedDav) => readonly string[]][] = [
  ['shows members twice', (dav) => ['a', 'a/b', 'a/c', 'a/b', 'a/c'].map((path) => describeMember(dav, path))],
  [
    'knows itself by another host',
    () => ['a/', 'a/b', 'a/c'].map((path) => member(`http://backend:8080/dav/${path}`, properties(path))),
  ],
  [
    'encodes what needs no code',
    () => ['a/', '%61/%62', 'a/%63'].map((path) => member(`/dav/${path}`, properties(path))),
  ],
  ['doubles slashes', () => ['a/', 'a//b', 'a/c'].map((path) => member(`//dav//${path}`, properties(path)))],
  [
    'ignores the depth',
    (dav) =>
      ['', 'a', 'a/b', 'a/c', 'a/d']
        .map((path) => describeMember(dav, path))
        .concat(member('/dav/a/d/e', properties('e'))),
  ],
  [
    'leaves the slash of a folder out',
    () => [
      member('/dav/a', properties('a/')),
      ...['a/b', 'a/c'].map((path) => member(`/dav/${path}`, properties(path))),
    ],
  ],
  [
    'shows what is no blob',
    (dav) =>
      ['a', 'a/b', 'a/c']
        .map((path) => describeMember(dav, path))
        .concat(
          ['a/b.tmp.1', 'a/%C3%A4', 'a/100%', 'a/b#x', 'a/c?y', 'a/.d'].map((path) =>
            member(`/dav/${path}`, properties(path)),
          ),
        ),
  ],
  [
    'tells of what has just gone',
    (dav) =>
      ['a', 'a/b', 'a/c']
        .map((path) => describeMember(dav, path))
        .concat('<d:response><d:href>/dav/a/x</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>'),
  ],
];

function properties(path: string): string {
  const folder = path.endsWith('/');
  const size = folder ? '' : `<d:getcontentlength>${bytes.length}</d:getcontentlength>`;
  return `<d:resourcetype>${folder ? '<d:collection/>' : ''}</d:resourcetype>${size}${date}`;
}

test.each(manners)('a server that %s shows each blob once', async (_, members) => {
  await using dav = await startWithBlobs();
  dav.folders.add('a/d');
  await using store = await openStore(dav.url);
  dav.manner = onListing(({ response }) => say(response, 207, multistatus(members(dav)), xml));
  expect(await keysOf(store)).toEqual(['a/b', 'a/c']);
});

test('a server that first says which properties it does not have is asked for all', async () => {
  await using dav = await startWithBlobs();
  await using store = await openStore(dav.url);
  const bodies: string[] = [];
  dav.manner = onListing(({ request, response }) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      const all = ['a', ...childrenOf(dav, 'a')].map((path) => describeMember(dav, path));
      const lacking =
        '<d:propstat><d:prop><d:getcontentlength/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>';
      const answer = body.includes('allprop')
        ? all
        : [all[0]!.replace('<d:propstat>', `${lacking}<d:propstat>`), ...all.slice(1)];
      say(response, 207, multistatus(answer), xml);
    });
    return true;
  });
  expect(await keysOf(store)).toEqual(['a/b', 'a/c']);
  expect(bodies).toHaveLength(2);
});

const whole = (dav: ScriptedDav): string => multistatus(['a', 'a/b', 'a/c'].map((path) => describeMember(dav, path)));
const refused = (path: string, status: string): string =>
  `<d:response><d:href>/dav/${path}</d:href><d:status>HTTP/1.1 ${status}</d:status></d:response>`;

/** No listing, and never an empty or a shorter one. */
test.each<[string, (dav: ScriptedDav) => [number, string], ErrorCode]>([
  ['a page', () => [200, '<html><body>Please log in</body></html>'], 'STORE_INVALID'],
  ['a page as a multistatus', () => [207, '<html><body>Please log in</body></html>'], 'STORE_INVALID'],
  ['nothing', () => [207, ''], 'STORE_INVALID'],
  ['an empty multistatus', () => [207, multistatus([])], 'STORE_INVALID'],
  ['a multistatus without the folder', (dav) => [207, multistatus([describeMember(dav, 'a/b')])], 'STORE_INVALID'],
  [
    'the beginning of a multistatus',
    (dav) => [207, whole(dav).slice(0, whole(dav).lastIndexOf('<d:response>'))],
    'STORE_INVALID',
  ],
  ['the members of another path', (dav) => [207, whole(dav).replaceAll('/dav/', '/remote.php/dav/')], 'STORE_INVALID'],
  [
    'a blob without its size',
    (dav) => [207, whole(dav).replaceAll(/<d:getcontentlength>\d+<\/d:getcontentlength>/g, '')],
    'STORE_INVALID',
  ],
  ['a blob without its time', (dav) => [207, whole(dav).replaceAll(date, '')], 'STORE_INVALID'],
  [
    'a first page, and that there is more',
    (dav) => [
      207,
      multistatus([describeMember(dav, 'a'), describeMember(dav, 'a/b'), refused('a/', '507 Insufficient Storage')]),
    ],
    'NO_SPACE',
  ],
  [
    'a folder that it may not show',
    (dav) => [207, multistatus([describeMember(dav, 'a'), refused('a/secret/', '403 Forbidden')])],
    'ACCESS_DENIED',
  ],
  ['403', () => [403, ''], 'ACCESS_DENIED'],
  ['500', () => [500, ''], 'STORE_UNAVAILABLE'],
  ['503', () => [503, ''], 'STORE_UNAVAILABLE'],
  ['405', () => [405, ''], 'STORE_INVALID'],
])('a listing answered with %s fails', async (_, answer, code) => {
  await using dav = await startWithBlobs();
  await using store = await openStore(dav.url);
  dav.manner = onListing(({ response }) => say(response, ...answer(dav), xml));
  await expect(listed(store)).rejects.toMatchObject({ code });
});

test('a server that fails because a file vanished while it listed is asked again', async () => {
  await using dav = await startWithBlobs();
  await using store = await openStore(dav.url);
  let failures = 0;
  dav.manner = onListing(({ response }) => (failures++ < 3 ? say(response, 500) : false));
  expect(await keysOf(store)).toEqual(['a/b', 'a/c']);
});

test('a connection that breaks in a listing fails it', async () => {
  await using dav = await startWithBlobs();
  await using store = await openStore(dav.url);
  dav.manner = onListing(({ response }) => {
    response.writeHead(207, { ...xml, 'content-length': 5_000 });
    response.write(whole(dav).slice(0, 300), () => response.destroy());
    return true;
  });
  await expect(listed(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('a store whose folder has gone from the server has no absent blobs and no empty listing', async () => {
  await using dav = await startWithBlobs();
  await using store = await openStore(dav.url);
  dav.manner = ({ response }) => say(response, 404);
  const calls = [
    store.get('a/b', { signal }),
    store.stat('a/b', { signal }),
    store.delete('a/b', { signal }),
    listed(store, 'a/'),
  ];
  for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

const onGet =
  (answer: (exchange: DavExchange) => boolean) =>
  (exchange: DavExchange): boolean =>
    exchange.method === 'GET' ? answer(exchange) : false;

test.each<[string, (exchange: DavExchange) => boolean, ErrorCode]>([
  [
    'a page',
    ({ response }) => say(response, 200, '<html>Please log in</html>', { 'content-type': 'text/html' }),
    'STORE_INVALID',
  ],
  [
    'the beginning of the blob and its end',
    ({ response }) => {
      response.writeHead(200, { connection: 'close' });
      response.shouldKeepAlive = false;
      response.useChunkedEncodingByDefault = false;
      response.end(bytes.subarray(0, 500));
      return true;
    },
    'STORE_INVALID',
  ],
  [
    'a connection that breaks',
    ({ response }) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 500), () => response.destroy());
      return true;
    },
    'STORE_UNAVAILABLE',
  ],
  ['compressed bytes', ({ response }) => say(response, 200, 'x', { 'content-encoding': 'gzip' }), 'STORE_INVALID'],
  ['403', ({ response }) => say(response, 403), 'ACCESS_DENIED'],
  ['a way to somewhere else', ({ response }) => say(response, 302, '', { location: '/login' }), 'STORE_INVALID'],
  ['500', ({ response }) => say(response, 500), 'STORE_UNAVAILABLE'],
])('a GET answered with %s is no blob', async (_, answer, code) => {
  await using dav = await startWithBlobs();
  await using store = await openStore(dav.url);
  dav.manner = onGet(answer);
  await expect(store.get('a/b', { signal })).rejects.toMatchObject({ code });
});

test('a blob that is replaced between two looks of the server comes whole: the first answer has the old length', async () => {
  await using dav = await startWithBlobs();
  await using store = await openStore(dav.url);
  let asked = 0;
  dav.manner = onGet(({ response }) => {
    if (asked++ > 0) return false;
    response.writeHead(200, { 'content-length': 900 }).end(bytes.subarray(0, 900));
    return true;
  });
  expect(await store.get('a/b', { signal })).toEqual(bytes);
});

test('a server that gives no ranges gives the part all the same, and one outside is RANGE_INVALID', async () => {
  await using dav = await startWithBlobs();
  dav.files.set(
    'a/b',
    Uint8Array.from(bytes, (_, index) => index % 256),
  );
  await using store = await openStore(dav.url);
  const part = await store.get('a/b', { signal, range: { offset: 250, length: 10 } });
  expect([...part]).toEqual([250, 251, 252, 253, 254, 255, 0, 1, 2, 3]);
  const outside = store.get('a/b', { signal, range: { offset: 995, length: 6 } });
  await expect(outside).rejects.toMatchObject({ code: 'RANGE_INVALID' });
});

test('an abort ends a GET in the middle of its bytes, and the connection with it', async () => {
  await using dav = await startWithBlobs();
  await using store = await openStore(dav.url);
  const reason = new Error('stopped by the test');
  const controller = new AbortController();
  const closed = new Promise((resolve) => {
    dav.manner = onGet(({ response }) => {
      response.on('close', () => resolve('closed'));
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 500), () => controller.abort(reason));
      return true;
    });
  });
  await expect(store.get('a/b', { signal: controller.signal })).rejects.toBe(reason);
  expect(await closed).toBe('closed');
});

test('a server that sends us elsewhere is no store; the message says where, and the password is not sent there', async () => {
  const arrived: (string | undefined)[] = [];
  await using elsewhere = await startScriptedOrigin((request, response) => {
    arrived.push(request.headers.authorization);
    response.end();
  });
  await using dav = await startScriptedDav(({ response }) =>
    say(response, 302, '', { location: `${elsewhere.url.replace('//', '//me:secret@')}/x/?token=secret` }),
  );
  const keys = { WEBDAV_USERNAME: 'me', WEBDAV_PASSWORD: 'hunter2' };
  const error = await openStore(dav.url, keys).catch((failure: unknown) => failure);
  expect(error).toMatchObject({ code: 'STORE_INVALID', message: expect.stringContaining(`${elsewhere.url}/x/`) });
  expect(String(error)).not.toContain('secret');
  expect(arrived).toEqual([]);
});
