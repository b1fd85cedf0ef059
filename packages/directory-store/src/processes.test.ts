import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDirectoryStore } from './create-directory-store.ts';

const { signal } = new AbortController();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hayloft-processes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `work` in a process of its own, with a `store` over `folder` and both doors of it at hand. */
function startProcess(work: string): ChildProcess {
  const script = `
    import { createDirectoryStore, publishStaged, stageBlobSync, syncFolders } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    const path = ${JSON.stringify(folder)};
    const { signal } = new AbortController();
    const store = await createDirectoryStore({ path, location: 'file:///x/' });
    const putAsWorker = async (key, bytes) =>
      syncFolders(path, [await publishStaged(path, stageBlobSync(path, [bytes]), key, { signal })], { signal });
    ${work}`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('a process that is killed at any moment leaves whole blobs, no empty folder, and staging that is swept', async () => {
  const store = await createDirectoryStore({ path: folder, location: 'file:///x/' });
  const sizeBytes = 200_000;
  for (let round = 0; round < 8; round++) {
    // Each blob is filled with the last digit of its number, and is announced only once it is durable.
    const child = startProcess(`
      for (let i = 0; ; i++) {
        const name = 'round-${round}/' + i + '/blob';
        const bytes = new Uint8Array(${sizeBytes}).fill(i % 10);
        if (${round} % 2 === 0) await store.put('a/async/' + name, bytes, { signal });
        else await putAsWorker('a/sync/' + name, bytes);
        process.stdout.write(i + '\\n');
      }`);
    let announced = -1;
    await new Promise<void>((resolve) => {
      child.stdout!.on('data', (chunk: Buffer) => {
        announced = Number(chunk.toString().trim().split('\n').at(-1));
        if (announced >= 3 * round) resolve();
      });
    });
    child.kill('SIGKILL');
    await once(child, 'close');
    const base = join(folder, 'a', round % 2 === 0 ? 'async' : 'sync', `round-${round}`);
    const made = readdirSync(base);
    for (let i = 0; i <= announced; i++) expect(made).toContain(String(i));
    for (const name of made) {
      expect(readdirSync(join(base, name))).toEqual(['blob']);
      expect(readFileSync(join(base, name, 'blob')).equals(Buffer.alloc(sizeBytes, Number(name) % 10))).toBe(true);
    }
  }
  await store.put('last', new Uint8Array(1), { signal });
  expect(readdirSync(join(folder, '.hayloft-staging'))).toEqual([]);
});

test('processes that fill and prune the same folders at once lose no write and see no failure', async () => {
  const rounds = 150;
  const children = ['one', 'two', 'three'].map((name) =>
    startProcess(`
      for (let i = 0; i < ${rounds}; i++) {
        const key = 'backupstore/backing-images/blocks/ab/cd/${name}.blk';
        if (i % 2 === 0) await store.put(key, new Uint8Array([i]), { signal });
        else await putAsWorker(key, new Uint8Array([i]));
        const got = await store.get(key, { signal });
        if (got[0] !== i) throw new Error('lost');
        for await (const blob of store.list('backupstore/', { signal })) if (blob.sizeBytes !== 1) throw new Error('torn');
        await store.delete(key, { signal });
      }
      process.stdout.write('done');`),
  );
  const ends = children.map(async (child) => {
    const output: Buffer[] = [];
    child.stdout!.on('data', (chunk: Buffer) => output.push(chunk));
    const [status] = (await once(child, 'close')) as [number];
    return [status, Buffer.concat(output).toString()];
  });
  expect(await Promise.all(ends)).toEqual(children.map(() => [0, 'done']));
  expect(readdirSync(join(folder, 'backupstore/backing-images/blocks'))).toEqual([]);
  expect(readdirSync(join(folder, '.hayloft-staging'))).toEqual([]);
}, 60_000);

/** Only root may mount; in a container not even root, perhaps. */
function mount(...options: string[]): boolean {
  try {
    execFileSync('mount', options, { stdio: 'pipe' });
    return true;
  } catch (error) {
    const why = `cannot mount a file system (${String((error as { stderr?: Buffer }).stderr ?? error).trim()})`;
    if (process.env['CI'] === 'true') throw new Error(why, { cause: error });
    console.log(`skipped: ${why}`);
    return false;
  }
}

test('a full file system is NO_SPACE, keeps what it has and leaves nothing half-written', async () => {
  const small = join(folder, 'small');
  mkdirSync(small);
  if (!mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small)) return;
  try {
    const store = await createDirectoryStore({ path: small, location: 'file:///small/' });
    await store.put('a', new Uint8Array(500_000).fill(1), { signal });
    const tooMuch = new Uint8Array(800_000).fill(2);
    for (const key of ['a', 'b', 'c/d']) {
      await expect(store.put(key, tooMuch, { signal })).rejects.toEqual(expect.objectContaining({ code: 'NO_SPACE' }));
    }
    expect(await store.get('a', { signal })).toEqual(new Uint8Array(500_000).fill(1));
    expect(readdirSync(small).sort()).toEqual(['.hayloft-staging', 'a']);
    expect(readdirSync(join(small, '.hayloft-staging'))).toEqual([]);
  } finally {
    execFileSync('umount', [small]);
  }
});

test('a file system that is mounted read-only is STORE_READ_ONLY', async () => {
  const place = join(folder, 'place');
  mkdirSync(place);
  if (!mount('-t', 'tmpfs', '-o', 'ro', 'tmpfs', place)) return;
  try {
    const store = await createDirectoryStore({ path: place, location: 'file:///place/' });
    const put = store.put('a/b', new Uint8Array(1), { signal });
    await expect(put).rejects.toEqual(expect.objectContaining({ code: 'STORE_READ_ONLY' }));
  } finally {
    execFileSync('umount', [place]);
  }
});

test('a share that is unmounted while it is used does not look empty', async () => {
  const share = join(folder, 'share');
  mkdirSync(share);
  if (!mount('-t', 'tmpfs', 'tmpfs', share)) return;
  const store = await createDirectoryStore({ path: share, location: 'file:///share/' });
  try {
    await store.put('a', new Uint8Array(1), { signal });
  } finally {
    execFileSync('umount', [share]);
  }
  await expect(store.list('', { signal })[Symbol.asyncIterator]().next()).rejects.toEqual(
    expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
  );
  await expect(store.get('a', { signal })).rejects.toEqual(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
});
