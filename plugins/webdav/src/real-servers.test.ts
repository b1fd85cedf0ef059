import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { silentLogger, withRetry, systemClock, type BackupStore, type ErrorCode } from '@hayloft/engine';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { makeFolder, openStore, signal } from './testing/open-store.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(60_000);

const testWithServers = (await hasServers('apache-dav', 'nginx-dav', 'http', 'proxy')) ? test : test.skip;
const bytes = new Uint8Array(2_000_000).fill(7);

/** Puts a blob, reads it back and removes it. */
async function use(
  url: string,
  keys: Readonly<Record<string, string>> = {},
  wrap = (store: BackupStore): BackupStore => store,
): Promise<void> {
  await using store = wrap(await openStore(url, keys));
  await store.put('a/b', bytes, { signal });
  expect((await store.get('a/b', { signal })).length).toBe(bytes.length);
  await store.delete('a/b', { signal });
}

const patient = (store: BackupStore): BackupStore =>
  withRetry(store, {
    attempts: 5,
    baseMs: 10,
    capMs: 100,
    clock: systemClock,
    random: () => 0.5,
    logger: silentLogger,
  });

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

testWithServers('every way to say who asks works, over http and https', async () => {
  await using apache = await useServer('apache-dav');
  const { origin, tlsOrigin, caFile, root, user, password, token } = apache.config;
  const { name } = makeFolder(root);
  const login = { WEBDAV_USERNAME: user, WEBDAV_PASSWORD: password };
  const cert = { WEBDAV_CERT: readFileSync(caFile, 'utf8') };
  for (const [area, keys] of Object.entries({
    plain: {},
    basic: login,
    digest: login,
    bearer: { WEBDAV_TOKEN: token },
  })) {
    await use(`${origin.replace('http:', 'webdav:')}/${area}/${name}`, keys);
    await use(`${tlsOrigin.replace('https:', 'webdavs:')}/${area}/${name}/`, { ...keys, ...cert });
  }
});

testWithServers('what is refused is ACCESS_DENIED when the store is opened, and no secret is shown', async () => {
  await using apache = await useServer('apache-dav');
  await using nginx = await useServer('nginx-dav');
  const { user } = apache.config;
  const secret = 'hunter2';
  for (const [area, keys] of [
    ['basic', {}],
    ['digest', {}],
    ['bearer', {}],
    ['basic', { WEBDAV_USERNAME: user, WEBDAV_PASSWORD: secret }],
    ['digest', { WEBDAV_USERNAME: user, WEBDAV_PASSWORD: secret }],
    ['basic', { WEBDAV_TOKEN: secret }],
    ['bearer', { WEBDAV_TOKEN: secret }],
  ] as const) {
    const error = await failure(openStore(`${apache.config.origin}/${area}/`, keys));
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', remedy: expect.any(String) });
    expect(JSON.stringify([String(error), error])).not.toContain(secret);
  }
  const wrong = { WEBDAV_USERNAME: nginx.config.user, WEBDAV_PASSWORD: secret };
  expect(await failure(openStore(`${nginx.config.origin}/basic/`, wrong))).toMatchObject({ code: 'ACCESS_DENIED' });
});

testWithServers('what is no store is said when it is opened, with what to do', async () => {
  await using apache = await useServer('apache-dav');
  await using nginx = await useServer('nginx-dav');
  await using http = await useServer('http');
  const { origin, tlsOrigin, root } = apache.config;
  writeFileSync(join(root, 'file'), 'hay');
  const cases: readonly (readonly [string, ErrorCode, string])[] = [
    [`${origin}/plain/no-such-folder/`, 'STORE_INVALID', 'make the folder'],
    [`${nginx.config.origin}/plain/no-such-folder/`, 'STORE_INVALID', 'make the folder'],
    [`${nginx.config.origin}/plain/file/`, 'STORE_INVALID', ''],
    [`${origin}/plain/file/`, 'STORE_INVALID', ''],
    [`${origin}/page/`, 'STORE_INVALID', 'one folder only'],
    [`${origin}/moved/`, 'STORE_INVALID', 'redirects'],
    [`${http.config.origin}/`, 'STORE_INVALID', 'PROPFIND'],
    [`${tlsOrigin}/plain/`, 'CONFIGURATION_INVALID', 'WEBDAV_CERT'],
    [`${nginx.config.tlsOrigin.replace('https:', 'http:')}/plain/`, 'STORE_INVALID', ''],
    [`${origin.replace('http:', 'https:')}/plain/`, 'STORE_INVALID', 'scheme'],
    ['http://127.0.0.1:1/dav/', 'STORE_UNAVAILABLE', 'network'],
    ['https://no-such-host.invalid/dav/', 'STORE_UNAVAILABLE', 'host'],
  ];
  for (const [url, code, remedy] of cases) {
    const error = await failure(openStore(url));
    expect([url, error]).toMatchObject([url, { code, remedy: expect.stringContaining(remedy) }]);
  }
});

testWithServers('a server that lets us only read, or takes small files only, says so at the first put', async () => {
  await using apache = await useServer('apache-dav');
  await using nginx = await useServer('nginx-dav');
  for (const [{ origin, root }, readOnly] of [
    [apache.config, 'ACCESS_DENIED'],
    [nginx.config, 'STORE_READ_ONLY'],
  ] as const) {
    const { name, path } = makeFolder(root);
    writeFileSync(join(path, 'blob'), 'hay');
    await using store = await openStore(`${origin}/readonly/${name}/`);
    expect(Buffer.from(await store.get('blob', { signal })).toString()).toBe('hay');
    expect(await failure(store.put('a', bytes, { signal }))).toMatchObject({ code: readOnly });
    expect(await failure(store.delete('blob', { signal }))).toMatchObject({ code: readOnly });

    await using limited = await openStore(`${origin}/limited/${name}/`);
    await limited.put('small', bytes.subarray(0, 1_000), { signal });
    const tooLarge = await failure(limited.put('large', bytes, { signal }));
    expect(tooLarge).toMatchObject({ code: 'STORE_INVALID', remedy: expect.stringContaining('client_max_body_size') });
  }
});

testWithServers('requests go through the proxy that the target names, but for the hosts exempt', async () => {
  await using apache = await useServer('apache-dav');
  await using proxy = await useServer('proxy');
  const { origin, tlsOrigin, caFile, root } = apache.config;
  const { name } = makeFolder(root);
  const keys = {
    WEBDAV_CERT: readFileSync(caFile, 'utf8'),
    HTTP_PROXY: proxy.config.url,
    HTTPS_PROXY: proxy.config.url,
  };
  const seen = (): number => readFileSync(proxy.config.logFile, 'utf8').split(new URL(tlsOrigin).host).length;

  const before = seen();
  // tinyproxy ends connections without a word, which is for the engine's retries to ride out.
  await use(`${origin}/plain/${name}/`, keys, patient);
  await use(`${tlsOrigin}/plain/${name}/`, keys, patient);
  const after = seen();
  expect(after).toBeGreaterThan(before);
  await use(`${tlsOrigin}/plain/${name}/`, { ...keys, NO_PROXY: '10.0.0.0/8,127.0.0.1' });
  expect(seen()).toBe(after);

  const wrong = { ...keys, HTTP_PROXY: proxy.config.origin, HTTPS_PROXY: proxy.config.origin };
  for (const url of [origin, tlsOrigin]) {
    expect(await failure(openStore(`${url}/plain/${name}/`, wrong))).toMatchObject({ code: 'ACCESS_DENIED' });
  }
});

testWithServers('an abort while a blob is put leaves nothing in the folder but the staging area', async () => {
  await using apache = await useServer('apache-dav');
  const { name, path } = makeFolder(apache.config.root);
  const store = await openStore(`${apache.config.origin}/plain/${name}/`);
  await store.put('first', bytes, { signal });
  const controller = new AbortController();
  const puts = Array.from({ length: 8 }, (_, index) => store.put(`b${index}`, bytes, { signal: controller.signal }));
  setImmediate(() => controller.abort(new Error('stopped by the test')));
  await Promise.allSettled(puts);
  await store[Symbol.asyncDispose]();
  for (const file of readdirSync(path).filter((each) => !each.startsWith('.'))) {
    expect(readFileSync(join(path, file)).length).toBe(bytes.length);
  }
});

/** Only root may mount; in a container not even root, perhaps. */
function mountSmall(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=777', 'tmpfs', path], { stdio: 'pipe' });
    return true;
  } catch (error) {
    const why = `cannot mount a file system (${String((error as { stderr?: Buffer }).stderr ?? error).trim()})`;
    if (process.env['CI'] === 'true') throw new Error(why, { cause: error });
    console.log(`skipped: ${why}`);
    return false;
  }
}

testWithServers.each([
  ['apache-dav', 'NO_SPACE'],
  // It says 500 and no more.
  ['nginx-dav', 'STORE_UNAVAILABLE'],
] as const)('a full disk behind %s is %s, and what was there stays', async (name, code) => {
  await using server = await useServer(name);
  const folder = makeFolder(server.config.root);
  if (!mountSmall(folder.path)) return;
  try {
    await using store = await openStore(`${server.config.origin}/plain/${folder.name}/`);
    await store.put('a', bytes, { signal });
    for (const key of ['a', 'b', 'c/d']) {
      expect(await failure(store.put(key, new Uint8Array(2_000_000).fill(9), { signal }))).toMatchObject({ code });
    }
    expect(Buffer.compare(await store.get('a', { signal }), bytes)).toBe(0);
    const keys: string[] = [];
    for await (const info of store.list('', { signal })) keys.push(info.key);
    expect(keys).toEqual(['a']);
  } finally {
    execFileSync('umount', [folder.path]);
  }
});

testWithServers.each(['apache-dav', 'nginx-dav'] as const)(
  'on %s empty folders of a backup go, those of locks and the neighbours stay',
  async (name) => {
    await using server = await useServer(name);
    // A plain name: where it needs a code, nginx does not heed its own locks, and folders stay.
    const folder = randomUUID();
    const path = join(server.config.root, folder);
    mkdirSync(path);
    await using store = await openStore(`${server.config.origin}/plain/${folder}/`);
    const keys = [
      's/images/blocks/ab/cd/x.blk',
      's/images/blocks/ab/ce/y.blk',
      's/images/images/mine/config',
      's/v/i/locks/l',
    ];
    for (const key of keys) await store.put(key, bytes, { signal });
    for (const key of [keys[0]!, keys[2]!, keys[3]!]) await store.delete(key, { signal });
    expect(readdirSync(join(path, 's/images/blocks/ab'))).toEqual(['ce']);
    expect(readdirSync(join(path, 's/images/images'))).toEqual([]);
    expect(readdirSync(join(path, 's/v/i'))).toEqual(['locks']);
    await store.put(keys[0]!, bytes, { signal });
    expect(readdirSync(join(path, 's/images/blocks/ab')).sort()).toEqual(['cd', 'ce']);
  },
);
