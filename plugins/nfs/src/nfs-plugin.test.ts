import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BackupStore, ErrorCode } from '@hayloft/engine';
import { parseTargetUrl } from '@hayloft/longhorn-format';
import { hasServers, useServer, type GaneshaServerConfig, type UsedServer } from '@hayloft/tool-servers';
import { loadLibNfs } from './libnfs.ts';
import { nfsPlugin } from './nfs-plugin.ts';
import { openGate } from './testing/open-gate.ts';
import { openUrl, signal, urlOf } from './testing/open-share.ts';

const bytes = new TextEncoder().encode('bytes');
const optionsOf = (url: string): unknown => nfsPlugin.options.parse(nfsPlugin.schemes!['nfs']!(parseTargetUrl(url)));
const failsWith = (code: ErrorCode, words: string): object =>
  expect.objectContaining({
    code,
    message: expect.stringContaining(words),
    remedy: expect.stringMatching(/^[A-Z].*\.$/s),
  });

async function listed(store: BackupStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('', { signal })) keys.push(key);
  return keys.sort();
}

test.each([
  ['nfs://nas:/backups', 'nas', '/backups', 'nfs://nas:/backups/'],
  ['nfs://nas.svc.local:/a//b/', 'nas.svc.local', '/a/b', 'nfs://nas.svc.local:/a/b/'],
  ['nfs://[fd00::1]:/a%20b', 'fd00::1', '/a b', 'nfs://[fd00::1]:/a%20b/'],
  ['nfs://nas:/', 'nas', '/', 'nfs://nas:/'],
  ['nfs://nas:/x?nfsOptions=soft,timeo=330,retrans=3', 'nas', '/x', 'nfs://nas:/x/'],
])('%s is a folder of a share', (url, host, path, location) => {
  expect(optionsOf(url)).toMatchObject({ host, path, location });
});

test.each([
  ['nfs://nas/backups', 'a colon is missing behind the host in "nfs://nas/backups"'],
  ['nfs://nas:2049/backups', 'no port behind the host'],
  ['nfs:///backups', 'names no host'],
  ['nfs://nas:/backups?nfsoptions=ro', '"?nfsoptions=…"'],
  ['nfs://nas:/backups?nfsOptions=sec=krb5', '"sec=krb5"'],
  ['nfs://nas:/backups?nfsOptions=nosuch', '"nosuch" is not allowed'],
])('%s is CONFIGURATION_INVALID, by its name', (url, words) => {
  expect(() => optionsOf(url)).toThrow(failsWith('CONFIGURATION_INVALID', words));
});

test.each([
  [{ host: 'nas', path: '/a/../b' }, '"path"'],
  [{ host: 'nas', path: 'backups' }, '"path"'],
  [{ host: 'a/b', path: '/x' }, '"host"'],
  [{ host: 'nas', path: '/x', mountedAt: 'mnt' }, '"mountedAt"'],
  [{ host: 'nas', path: '/x', readOnly: true }, 'readOnly'],
  ['nas', 'object'],
])('options %j are CONFIGURATION_INVALID, by their name', (options, words) => {
  expect(() => nfsPlugin.options.parse(options)).toThrow(failsWith('CONFIGURATION_INVALID', words));
});

test('a mounted share keeps the kernel’s own options', () => {
  const address = { ...parseTargetUrl('nfs://nas:/x?nfsOptions=sec=krb5p'), mountedAt: '/mnt/x' };
  expect(nfsPlugin.options.parse(nfsPlugin.schemes!['nfs']!(address))).toMatchObject({ mountedAt: '/mnt/x' });
});

test('a folder where the share is mounted is a store of its files; a missing one is STORE_INVALID', async () => {
  const mountedAt = mkdtempSync(join(tmpdir(), 'hayloft-nfs-'));
  {
    await using store = await openUrl('nfs://nas:/backups', { mountedAt });
    expect(store.location).toBe('nfs://nas:/backups/');
    expect(store.directory).toEqual({ path: realpathSync(mountedAt), writable: true });
    expect(readdirSync(mountedAt)).toEqual([]);
  }
  rmSync(mountedAt, { recursive: true });
  await expect(openUrl('nfs://nas:/backups', { mountedAt })).rejects.toEqual(failsWith('STORE_INVALID', mountedAt));
});

test('without libnfs the package is named', async () => {
  const opening = openUrl('nfs://127.0.0.1:/x', { library: '/nowhere/libnfs.so' });
  await expect(opening).rejects.toEqual(failsWith('DEPENDENCY_MISSING', 'libnfs'));
  await expect(opening).rejects.toMatchObject({ remedy: expect.stringContaining('apt install libnfs13') });
});

const describeWithServers = (await hasServers('ganesha')) ? describe : describe.skip;
describeWithServers('without a mount', () => {
  let server: UsedServer<GaneshaServerConfig>;
  let folder: string;
  beforeAll(async () => {
    server = await useServer('ganesha');
    folder = randomUUID();
    mkdirSync(join(server.config.root, folder));
  });
  afterAll(async () => server[Symbol.asyncDispose]());
  const open = (path: string, through: Partial<GaneshaServerConfig> = {}, options?: string): Promise<BackupStore> =>
    openUrl(urlOf({ ...server.config, ...through }, path, options));

  test('NFSv4 works, or the library that it takes is named', async () => {
    const opening = open(`/export/${folder}`, {}, 'vers=4.2').then((store) => store[Symbol.asyncDispose]());
    if ((await loadLibNfs(undefined)).writesV4) await opening;
    else await expect(opening).rejects.toEqual(failsWith('DEPENDENCY_MISSING', 'libnfs 4'));
  });

  test('a host that nobody knows is said', async () => {
    await expect(open('/export', { host: 'nas.invalid' })).rejects.toEqual(
      failsWith('STORE_UNAVAILABLE', 'there is no host "nas.invalid"'),
    );
  });

  test('a server that does not answer is said, with its ports', async () => {
    await expect(open('/export', { port: 9, mountPort: 9 })).rejects.toEqual(failsWith('STORE_UNAVAILABLE', 'port 9'));
  });

  test.each(['/closed', '/nothing', '/export/missing'])(
    'an export that is closed or missing (%s) is ACCESS_DENIED, and reserved ports are spoken of',
    async (path) => {
      const opening = open(path);
      await expect(opening).rejects.toEqual(failsWith('ACCESS_DENIED', `"${path}"`));
      await expect(opening).rejects.toMatchObject({ remedy: expect.stringContaining('insecure') });
    },
  );

  test('a read-only export is read, and refuses what is written', async () => {
    await using store = await open(`/export/${folder}`);
    await store.put('read/only', bytes, { signal });
    await using readOnly = await open(`/readonly/${folder}`);
    expect(await readOnly.get('read/only', { signal })).toEqual(bytes);
    await expect(readOnly.put('b', bytes, { signal })).rejects.toEqual(failsWith('STORE_READ_ONLY', 'b'));
    await expect(readOnly.delete('read/only', { signal })).rejects.toEqual(failsWith('STORE_READ_ONLY', 'read/only'));
    await using asked = await open(`/export/${folder}`, {}, 'ro');
    await expect(asked.put('b', bytes, { signal })).rejects.toEqual(failsWith('STORE_READ_ONLY', 'b'));
    await store.delete('read/only', { signal });
  });

  test('an export that takes root for nobody is ACCESS_DENIED to every call', async () => {
    await using store = await open('/squashed');
    await expect(store.put('a', bytes, { signal })).rejects.toEqual(failsWith('ACCESS_DENIED', '"a"'));
    await expect(listed(store)).rejects.toEqual(failsWith('ACCESS_DENIED', 'list'));
  });

  test('silly renames, staging and Longhorn’s passing files are not listed; links fail the listing', async () => {
    const own = randomUUID();
    const path = join(server.config.root, own);
    mkdirSync(path);
    await using store = await open(`/export/${own}`);
    await store.put('a/b', bytes, { signal });
    for (const name of ['.nfs000000000123abcd00000001', 'b.tmp.1700000000000000000']) {
      writeFileSync(join(path, 'a', name), '');
    }
    expect(await listed(store)).toEqual(['a/b']);
    symlinkSync('b', join(path, 'a', 'link'));
    await expect(listed(store)).rejects.toEqual(failsWith('STORE_INVALID', 'a/link'));
    await expect(store.get('a/link', { signal })).rejects.toEqual(failsWith('STORE_INVALID', 'a/link'));
  });

  test('a share whose folder is removed does not look empty', async () => {
    const own = randomUUID();
    mkdirSync(join(server.config.root, own));
    await using store = await open(`/export/${own}`);
    await store.put('a', bytes, { signal });
    rmSync(join(server.config.root, own), { recursive: true });
    for (const call of [
      () => listed(store),
      () => store.get('a', { signal }),
      () => store.stat('a', { signal }),
      () => store.put('b', bytes, { signal }),
      () => store.delete('a', { signal }),
    ]) {
      await expect(call()).rejects.toEqual(failsWith('STORE_UNAVAILABLE', own));
    }
  });

  test('the server is asked to make bytes durable with each write, not by and by', async () => {
    await using gate = await openGate(server.config.port);
    await using store = await open(`/export/${folder}`, { port: gate.port });
    await store.put('stable', new Uint8Array(0x1_2345).fill(7), { signal });
    // WRITE3args: count, how stable (2 is FILE_SYNC), the length of what follows.
    const sizeBytes = [0x00, 0x01, 0x23, 0x45];
    expect(gate.sent().includes(Buffer.from([...sizeBytes, 0, 0, 0, 2, ...sizeBytes]))).toBe(true);
    await store.delete('stable', { signal });
  });
});
