import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
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
import type { BackupStore, ErrorCode } from '@hayloft/engine';
import { discardStaged, publishStaged, readBlobSync, stageBlobSync, syncFolders } from './blob-files.ts';
import { createDirectoryStore } from './create-directory-store.ts';

const { signal } = new AbortController();
const bytes = new TextEncoder().encode('bytes');
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hayloft-store-'));
  path = join(folder, 'store');
  mkdirSync(path);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (options: { writable?: boolean; create?: boolean } = {}): Promise<BackupStore> =>
  createDirectoryStore({ path, location: 'file:///somewhere/', ...options });

async function listed(store: BackupStore, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, { signal })) keys.push(key);
  return keys.sort();
}

const failsWith = (code: ErrorCode): object => expect.objectContaining({ code });

test('what is no blob is not listed: staging, Longhorn’s and NFS’s passing files, names that no key can have', async () => {
  const store = await open();
  await store.put('a/b.blk', bytes, { signal });
  writeFileSync(join(path, 'a', 'b.blk.tmp.1700000000000000000'), '');
  writeFileSync(join(path, 'a', '.nfs000000000123abcd00000001'), '');
  writeFileSync(join(path, 'a', 'with space'), '');
  writeFileSync(join(path, '.hayloft-staging', 'left'), '');
  expect(await listed(store)).toEqual(['a/b.blk']);
});

test('keys that would leave the store or reach its staging area are refused', async () => {
  const store = await open();
  for (const key of ['../x', 'a/../../x', '/etc/x', 'a//b', '', '.', 'a\0b', '.hayloft-staging/x', 'x.tmp.1']) {
    await expect(store.put(key, bytes, { signal })).rejects.toEqual(failsWith('USAGE_INVALID'));
    await expect(store.get(key, { signal })).rejects.toEqual(failsWith('USAGE_INVALID'));
    await expect(publishStaged(path, stageBlobSync(path, [bytes]), key, { signal })).rejects.toEqual(
      failsWith('USAGE_INVALID'),
    );
  }
  expect(readdirSync(folder)).toEqual(['store']);
});

test('a symbolic link is never followed out of the store, and fails a listing instead of shortening it', async () => {
  const store = await open();
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside', 'secret'), 'secret');
  symlinkSync(join(folder, 'outside'), join(path, 'link'));
  symlinkSync(join(folder, 'outside', 'secret'), join(path, 'file'));
  for (const key of ['link/secret', 'file']) {
    await expect(store.get(key, { signal })).rejects.toEqual(failsWith('STORE_INVALID'));
    await expect(store.stat(key, { signal })).rejects.toEqual(failsWith('STORE_INVALID'));
    expect(() => readBlobSync(path, key, new Uint8Array(9))).toThrow('leads out of the store');
  }
  await expect(store.put('link/new/x', bytes, { signal })).rejects.toEqual(failsWith('STORE_INVALID'));
  await expect(store.delete('link/secret', { signal })).rejects.toEqual(failsWith('STORE_INVALID'));
  await expect(listed(store)).rejects.toEqual(failsWith('STORE_INVALID'));
  await expect(listed(store, 'link/')).rejects.toEqual(failsWith('STORE_INVALID'));
  expect(readdirSync(join(folder, 'outside'))).toEqual(['secret']);
});

test('a missing folder is no store unless it is to be created, and then only the first put creates it', async () => {
  rmSync(path, { recursive: true });
  await expect(open()).rejects.toEqual(failsWith('STORE_INVALID'));
  const store = await open({ create: true });
  expect(await listed(store)).toEqual([]);
  await expect(store.get('a', { signal })).rejects.toEqual(failsWith('BLOB_NOT_FOUND'));
  expect(existsSync(path)).toBe(false);
  await store.put('a', bytes, { signal });
  expect(await listed(store)).toEqual(['a']);
});

test('a store whose folder went away or was swapped does not look empty', async () => {
  const store = await open();
  await store.put('a', bytes, { signal });
  renameSync(path, join(folder, 'unmounted'));
  for (const swap of [() => {}, () => mkdirSync(path)]) {
    swap();
    await expect(listed(store)).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
    await expect(store.get('a', { signal })).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
    await expect(store.stat('a', { signal })).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
    await expect(store.put('b', bytes, { signal })).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
    await expect(store.delete('a', { signal })).rejects.toEqual(failsWith('STORE_UNAVAILABLE'));
  }
  expect(readdirSync(path)).toEqual([]);
});

test('a folder that cannot be read fails the listing', async () => {
  const store = await open();
  await store.put('a/b', bytes, { signal });
  await store.put('c', bytes, { signal });
  chmodSync(folder, 0o755);
  chmodSync(path, 0o755);
  chmodSync(join(path, 'a'), 0);
  await asNobody(async () => {
    await expect(listed(store)).rejects.toEqual(failsWith('ACCESS_DENIED'));
    await expect(store.get('a/b', { signal })).rejects.toEqual(failsWith('ACCESS_DENIED'));
  });
});

/** Root may read everything: it has to stop being root for a moment. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  if (process.getuid!() !== 0) return work();
  process.seteuid!(65534);
  try {
    await work();
  } finally {
    process.seteuid!(0);
  }
}

test('a read-only store refuses to write, and workers can see that it does', async () => {
  const store = await open({ writable: false });
  expect(store.directory).toEqual({ path, writable: false });
  await expect(store.put('a', bytes, { signal })).rejects.toEqual(failsWith('STORE_READ_ONLY'));
  await expect(store.delete('a', { signal })).rejects.toEqual(failsWith('STORE_READ_ONLY'));
  expect(readdirSync(path)).toEqual([]);
});

test('the first put sweeps what a dead process left, and nothing of the living', async () => {
  const staging = join(path, '.hayloft-staging');
  const store = await open();
  const script = `
    import { createDirectoryStore } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    import { stagedPrefix } from ${JSON.stringify(join(import.meta.dirname, 'staging.ts'))};
    import { mkdirSync, writeFileSync } from 'node:fs';
    mkdirSync(${JSON.stringify(staging)});
    writeFileSync(${JSON.stringify(staging)} + '/' + stagedPrefix + '1', '');
    mkdirSync(${JSON.stringify(staging)} + '/' + stagedPrefix + '2.d/x', { recursive: true });`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script]);
  writeFileSync(join(staging, 'anotherhost-1-young'), '');
  writeFileSync(join(staging, 'anotherhost-1-old'), '');
  utimesSync(join(staging, 'anotherhost-1-old'), 1, 1);
  expect(readdirSync(staging)).toHaveLength(4);
  await store.put('a', bytes, { signal });
  expect(readdirSync(staging)).toEqual(['anotherhost-1-young']);
});

test('only one of many conditional puts wins', async () => {
  const store = await open();
  const puts = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) =>
      store.put('a/b/c', new Uint8Array([index]), { signal, ifAbsent: true }).then(() => index),
    ),
  );
  const winners = puts.filter((put) => put.status === 'fulfilled');
  expect(winners).toHaveLength(1);
  for (const put of puts) if (put.status === 'rejected') expect(put.reason).toEqual(failsWith('BLOB_EXISTS'));
  expect(await store.get('a/b/c', { signal })).toEqual(new Uint8Array([winners[0]!.value]));
  expect(readdirSync(join(path, '.hayloft-staging'))).toEqual([]);
});

test('a put that is aborted rejects with the reason and leaves nothing', async () => {
  const store = await open();
  await store.put('first', bytes, { signal });
  const abort = new AbortController();
  const put = store.put('a/b', bytes, { signal: abort.signal });
  abort.abort(new Error('stop'));
  await expect(put).rejects.toThrow('stop');
  expect(await listed(store)).toEqual(['first']);
  expect(readdirSync(join(path, '.hayloft-staging'))).toEqual([]);
});

test('worker threads stage and read the same blobs', async () => {
  const store = await open();
  const staged = stageBlobSync(path, [bytes.subarray(0, 2), bytes.subarray(2)]);
  expect(await listed(store)).toEqual([]);
  await syncFolders(path, [await publishStaged(path, staged, 'x/y/z.blk', { signal })], { signal });
  expect(await store.get('x/y/z.blk', { signal })).toEqual(bytes);
  const into = new Uint8Array(8);
  expect(readBlobSync(path, 'x/y/z.blk', into)).toBe(5);
  expect(into.subarray(0, 5)).toEqual(bytes);
  expect(readBlobSync(path, 'x/y/none.blk', into)).toBe(-1);
  expect(readBlobSync(path, 'x/y', into)).toBe(-1);
  expect(() => readBlobSync(path, 'x/y/z.blk', new Uint8Array(4))).toThrow('more than the 4');
  expect(() => readBlobSync(join(folder, 'gone'), 'x', into)).toThrow(failsWith('STORE_UNAVAILABLE'));
});

test('what is staged and then aborted or discarded leaves nothing', async () => {
  const store = await open();
  await discardStaged(stageBlobSync(path, [bytes]));
  const aborted = { signal: AbortSignal.abort(new Error('stop')) };
  await expect(publishStaged(path, stageBlobSync(path, [bytes]), 'a/b', aborted)).rejects.toThrow('stop');
  expect(await listed(store)).toEqual([]);
  expect(readdirSync(join(path, '.hayloft-staging'))).toEqual([]);
});
