import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDirectoryStore } from '@hayloft/directory-store';
import type { BackupStore, ErrorCode } from '@hayloft/engine';
import { createShareStore } from './create-share-store.ts';
import type { ShareFault } from './testing/folder-settings.ts';

const { signal } = new AbortController();
const bytes = new TextEncoder().encode('bytes');
let folder: string;
let path: string;
let log: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hayloft-share-'));
  path = join(folder, 'share');
  log = join(folder, 'processes');
  mkdirSync(path);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Planted {
  readonly fault?: ShareFault;
  readonly callMsMax?: number;
  readonly writable?: boolean;
}

const open = ({ fault, callMsMax = 60_000, writable }: Planted = {}): Promise<BackupStore> =>
  createShareStore({
    entry: new URL('./testing/folder-process.ts', import.meta.url),
    settings: { path, log, fault, password: 'straw' },
    location: 'share://tests/',
    callMsMax,
    writable,
    signal,
  });

/** The numbers of the processes that connected, in order. */
const processes = (): number[] => readFileSync(log, 'utf8').trim().split('\n').map(Number);

async function listed(store: BackupStore, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, { signal })) keys.push(key);
  return keys.sort();
}

const failsWith = (code: ErrorCode): object => expect.objectContaining({ code });

test('a share holds what a directory store writes, and the other way round', async () => {
  await using share = await open();
  await using directory = await createDirectoryStore({ path, location: 'file:///tests/' });
  await share.put('a/b/share', bytes, { signal });
  await directory.put('a/c/directory', bytes, { signal });
  for (const store of [share, directory]) expect(await listed(store)).toEqual(['a/b/share', 'a/c/directory']);
  expect(await share.get('a/c/directory', { signal })).toEqual(bytes);
  await share.delete('a/c/directory', { signal });
  expect(await listed(directory)).toEqual(['a/b/share']);
  expect(readdirSync(join(path, '.hayloft-staging'))).toEqual([]);
});

test('what is no blob is not listed: staging, Longhorn’s and NFS’s passing files', async () => {
  await using store = await open();
  await store.put('a/b.blk', bytes, { signal });
  for (const name of ['b.blk.tmp.1700000000000000000', '.nfs000000000123abcd00000001', 'with space']) {
    writeFileSync(join(path, 'a', name), '');
  }
  writeFileSync(join(path, '.hayloft-staging', 'left'), '');
  expect(await listed(store)).toEqual(['a/b.blk']);
  for (const prefix of ['.hayloft-staging/', '../', 'a/../']) expect(await listed(store, prefix)).toEqual([]);
});

test('a symbolic link fails a listing instead of shortening it', async () => {
  await using store = await open();
  await store.put('a/b', bytes, { signal });
  symlinkSync('a', join(path, 'link'));
  await expect(listed(store)).rejects.toEqual(failsWith('STORE_INVALID'));
  await expect(store.stat('link', { signal })).rejects.toEqual(failsWith('STORE_INVALID'));
});

test.each<[ShareFault['does'], ErrorCode]>([
  ['ESTALE', 'STORE_UNAVAILABLE'],
  ['EIO', 'STORE_UNAVAILABLE'],
  ['ETIMEDOUT', 'STORE_UNAVAILABLE'],
  ['EACCES', 'ACCESS_DENIED'],
])('a folder that cannot be read (%s) fails the listing with %s', async (does, code) => {
  await using store = await open({ fault: { verb: 'list', path: '/a/b', does } });
  for (const key of ['a/a/x', 'a/b/x', 'a/c/x']) await store.put(key, bytes, { signal });
  await expect(listed(store)).rejects.toEqual(failsWith(code));
  expect(await listed(store, 'a/a/')).toEqual(['a/a/x']);
});

test('a folder that is there and called missing is an error, not an empty folder', async () => {
  await using store = await open({ fault: { verb: 'list', path: '/a/b', does: 'ENOENT' } });
  await store.put('a/b/x', bytes, { signal });
  await expect(listed(store)).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
});

test.each<[ShareFault['does'], ErrorCode]>([
  ['EROFS', 'STORE_READ_ONLY'],
  ['ENOSPC', 'NO_SPACE'],
  ['EDQUOT', 'NO_SPACE'],
  ['EACCES', 'ACCESS_DENIED'],
  ['ESTALE', 'STORE_UNAVAILABLE'],
])('a put that ends in %s is %s and leaves nothing', async (does, code) => {
  await using store = await open({ fault: { verb: 'create', path: '/', does } });
  await expect(store.put('a', bytes, { signal })).rejects.toEqual(failsWith(code));
  expect(await listed(store)).toEqual([]);
});

test.each(['create', 'rename', 'stat', 'read', 'list', 'unlink'] as const)(
  'a process that dies in "%s" fails the call, never with success or absence, and the next call has another',
  async (verb) => {
    const whole = await open();
    await whole.put('there/a', bytes, { signal });
    await whole[Symbol.asyncDispose]();
    rmSync(log);
    const at = { create: '/', rename: 'staging' }[verb as string] ?? '/there';
    await using store = await open({ fault: { verb, path: at, does: 'crash' } });
    const call = {
      create: () => store.put('there/b', bytes, { signal }),
      rename: () => store.put('there/b', bytes, { signal }),
      stat: () => store.stat('there/a', { signal }),
      read: () => store.get('there/a', { signal }),
      list: () => listed(store, 'there/'),
      unlink: () => store.delete('there/a', { signal }),
    }[verb];
    const failure = await call().then(
      () => 'done',
      (error: unknown) => error,
    );
    expect(failure).toEqual(failsWith('STORE_UNAVAILABLE'));
    expect(existsSync(join(path, 'there', 'a'))).toBe(true);
    await expect(store.get('elsewhere', { signal })).rejects.toEqual(failsWith('BLOB_NOT_FOUND'));
    expect(new Set(processes()).size).toBe(2);
  },
);

test('a put whose answer was lost is no success, though it was done', async () => {
  await using store = await open({ fault: { verb: 'rename', path: 'hayloft-staging', does: 'crash when done' } });
  await expect(store.put('a', bytes, { signal })).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
  expect(await store.get('a', { signal })).toEqual(bytes);
});

test('a process that does not answer is ended, and its calls are STORE_UNAVAILABLE', async () => {
  await using store = await open({ fault: { verb: 'stat', path: '/hanging', does: 'hang' }, callMsMax: 5_000 });
  await expect(store.stat('hanging', { signal })).rejects.toThrow('did not answer "stat" within 5 s');
  await store.put('a', bytes, { signal });
  expect(processes()).toHaveLength(2);
});

test('an aborted call ends although the process hangs, which is replaced', async () => {
  await using store = await open({ fault: { verb: 'stat', path: '/hanging', does: 'hang' } });
  const abort = new AbortController();
  const call = store.stat('hanging', { signal: abort.signal });
  abort.abort(new Error('stop'));
  await expect(call).rejects.toThrow('stop');
  await store.put('a', bytes, { signal });
  expect(processes()).toHaveLength(2);
});

test('a share that went away or was swapped does not look empty, to the same process or the next', async () => {
  for (const fault of [undefined, { verb: 'read', path: '/crash', does: 'crash' }] as const) {
    await using store = await open(fault === undefined ? {} : { fault });
    await store.put('a', bytes, { signal });
    if (fault !== undefined) await expect(store.get('crash', { signal })).rejects.toThrow('is gone');
    renameSync(path, `${path}-away`);
    for (const swap of [() => {}, () => mkdirSync(path)]) {
      swap();
      await expect(listed(store)).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
      await expect(store.get('a', { signal })).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
      await expect(store.stat('a', { signal })).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
      await expect(store.delete('a', { signal })).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
    }
    rmSync(path, { recursive: true });
    renameSync(`${path}-away`, path);
  }
});

test('opening ends when it is aborted, although the server does not answer', async () => {
  const abort = new AbortController();
  const opening = createShareStore({
    entry: new URL('./testing/folder-process.ts', import.meta.url),
    settings: { path, fault: { verb: 'stat', path: '/', does: 'hang' } },
    location: 'share://tests/',
    callMsMax: 60_000,
    signal: abort.signal,
  });
  abort.abort(new Error('stop'));
  await expect(opening).rejects.toThrow('stop');
});

test('a missing folder is no store', async () => {
  rmSync(path, { recursive: true });
  await expect(open()).rejects.toEqual(failsWith('STORE_INVALID'));
});

test('a process whose module cannot be loaded is said', async () => {
  const entry = new URL('./testing/missing.ts', import.meta.url);
  const opening = createShareStore({ entry, settings: {}, location: 'share://tests/', callMsMax: 60_000, signal });
  await expect(opening).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
});

test('credentials are neither among the arguments nor in the environment of the process', async () => {
  await using _store = await open();
  const [pid] = processes();
  for (const file of ['cmdline', 'environ']) {
    const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
    expect(text).not.toContain('straw');
    if (file === 'environ') expect(text).not.toContain('PATH=');
  }
});

test('a store that is closed has no process any more', async () => {
  const store = await open();
  const [pid] = processes();
  await store[Symbol.asyncDispose]();
  while (existsSync(`/proc/${pid}/exe`)) await new Promise((resolve) => setImmediate(resolve));
  await expect(store.get('a', { signal })).rejects.toThrow('was closed');
});

test('the first put sweeps what dead processes left, and nothing of the living', async () => {
  const staging = join(path, '.hayloft-staging');
  mkdirSync(join(staging, 'anotherhost-1-old.d', 'x'), { recursive: true });
  writeFileSync(join(staging, 'anotherhost-1-old.d', 'x', 'y'), '');
  writeFileSync(join(staging, 'anotherhost-1-young'), '');
  utimesSync(join(staging, 'anotherhost-1-old.d'), 1, 1);
  await using store = await open();
  expect(readdirSync(staging)).toHaveLength(2);
  await store.put('a', bytes, { signal });
  expect(readdirSync(staging)).toEqual(['anotherhost-1-young']);
});

test('a store that is opened read-only writes nothing', async () => {
  await using store = await open({ writable: false });
  await expect(store.put('a', bytes, { signal })).rejects.toEqual(failsWith('STORE_READ_ONLY'));
  await expect(store.delete('a', { signal })).rejects.toEqual(failsWith('STORE_READ_ONLY'));
  expect(readdirSync(path)).toEqual([]);
});

test('a file that grew beyond what a blob may have is not read', async () => {
  await using store = await open();
  writeFileSync(join(path, 'large'), new Uint8Array(64 * 1024 * 1024 + 1));
  await expect(store.get('large', { signal })).rejects.toEqual(failsWith('STORE_INVALID'));
  const range = { offset: 64 * 1024 * 1024, length: 1 };
  expect(await store.get('large', { signal, range })).toEqual(new Uint8Array(1));
});
