import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { BackupError } from '@hayloft/engine';
import type { CutStore, ErrorCode, Extent, ImageSource } from '@hayloft/engine';
import { createMemoryStore, memorySource } from '@hayloft/engine/testing';
import {
  blockDigest,
  blockKey,
  blockSizeBytes,
  decodeBlockSync,
  encodeBlockSync,
  longhornFormat,
} from '@hayloft/longhorn-format';
import { createCodecWorkers } from './create-codec-workers.ts';
import { blockOf, configOf, makeImage, openDirectory, options, signal, survey, temporaryFolder } from './testing.ts';

// Starting threads takes a while where the machine is busy.
jest.setTimeout(60_000);

const failsWith = (code: ErrorCode): object => expect.objectContaining({ code });
let folder: ReturnType<typeof temporaryFolder>;
let pipeline: ReturnType<typeof createCodecWorkers>;

/** Threads, and descriptors, that this process has. */
function held(): { threads: number; files: number } {
  const threads = process.getActiveResourcesInfo().filter((kind) => /Worker|MessagePort/.test(kind)).length;
  return { threads, files: readdirSync('/proc/self/fd').length };
}
let before: ReturnType<typeof held>;

beforeEach(() => {
  folder = temporaryFolder();
  before = held();
  pipeline = createCodecWorkers({ workerCount: 2 });
});
afterEach(async () => {
  await pipeline[Symbol.asyncDispose]();
  expect(held()).toEqual(before); // no job, failed or not, keeps a thread or an open file
  folder[Symbol.dispose]();
});

const into = (store: CutStore['store'], method: 'lz4' | 'gzip' | 'none' = 'lz4'): CutStore => ({
  store,
  ready: survey(store, method),
  verifyReused: false,
});

test.each(['lz4', 'gzip', 'none'] as const)(
  'an image packed with %s comes back from every kind of store',
  async (method) => {
    const image = makeImage(
      join(folder.path, 'image'),
      [undefined, blockOf(1), blockOf(2), undefined, blockOf(1)],
      512,
    );
    for (const store of [createMemoryStore(), await openDirectory(join(folder.path, 'store'))]) {
      const cut = await pipeline.cut(
        { source: image.source, stores: [into(store, method)], wholeDigest: true },
        options,
      );
      expect(cut.checksum).toBe(image.checksum);
      const path = join(folder.path, 'restored');
      writeFileSync(path, '');
      const config = configOf(cut, method);
      const joined = await pipeline.join({ store, config, sink: { kind: 'file', path }, wholeDigest: true }, options);
      expect(joined.checksum).toBe(image.checksum);
      expect(Buffer.compare(readFileSync(path), readFileSync(join(folder.path, 'image')))).toBe(0);
    }
  },
);

test('blocks that others packed with another method are read and not packed anew', async () => {
  const image = makeImage(join(folder.path, 'image'), [blockOf(1), blockOf(2), blockOf(3)]);
  const store = await openDirectory(join(folder.path, 'store'));
  for (const [seed, method] of [
    [1, 'gzip'],
    [2, 'none'],
  ] as const) {
    await store.put(blockKey(blockDigest(blockOf(seed))), encodeBlockSync(method, blockOf(seed)), { signal });
  }
  const stores = [{ ...into(store), verifyReused: true }];
  const cut = await pipeline.cut({ source: image.source, stores, wholeDigest: false }, options);
  expect(cut.stores[0]).toMatchObject({ written: 1, healed: 0, reused: 2, reusedVerified: true });
  const joined = await pipeline.join(
    { store, config: configOf(cut), sink: { kind: 'none' }, wholeDigest: true },
    options,
  );
  expect(joined.checksum).toBe(image.checksum);
});

test('a hole of 64 GiB is neither read nor given a slot', async () => {
  const length = 64 * 1024 ** 3;
  const extents: Extent[] = [
    { kind: 'data', offset: 0, bytes: Uint8Array.of(1) },
    { kind: 'hole', offset: 1, length },
    { kind: 'data', offset: 1 + length, bytes: Uint8Array.of(2) },
  ];
  const { sizeBytes, blocks, bytesRead, holes } = await pipeline.cut(
    { source: memorySource(extents, { sizeBytes: 'unknown' }), stores: [], wholeDigest: false },
    options,
  );
  expect({ sizeBytes, bytesRead, holes }).toEqual({
    sizeBytes: length + 2,
    bytesRead: blockSizeBytes + 2,
    holes: length / blockSizeBytes - 1,
  });
  const tail = blocks.count - 1;
  expect(blocks.at(tail)).toBe(blockDigest(Uint8Array.of(0, 2)));
});

test.each<[string, (path: string) => void]>([
  ['grows', (path) => appendFileSync(path, 'x')],
  ['shrinks', (path) => truncateSync(path, blockSizeBytes + 5)],
  ['is touched', (path) => utimesSync(path, 1, 1)],
])('a source file that %s while it is read is SOURCE_CHANGED', async (_what, change) => {
  const path = join(folder.path, 'image');
  const { source } = makeImage(path, [blockOf(1), blockOf(2), blockOf(3), blockOf(4)]);
  const memory = createMemoryStore();
  let changed = false;
  const store: typeof memory = {
    ...memory,
    put: async (...args) => {
      if (!changed) change(path);
      changed = true;
      await memory.put(...args);
    },
  };
  const cut = pipeline.cut({ source, stores: [into(store)], wholeDigest: true }, options);
  await expect(cut).rejects.toEqual(failsWith('SOURCE_CHANGED'));
});

test('while a store is not ready the image is read and hashed; what it lacks is then read again', async () => {
  const { source, sizeBytes, checksum } = makeImage(join(folder.path, 'image'), [1, 2, 3, 4, 5, 6].map(blockOf));
  const store = await openDirectory(join(folder.path, 'store'));
  await store.put(blockKey(blockDigest(blockOf(2))), encodeBlockSync('lz4', blockOf(2)), { signal });
  // Hashing does not need the late store: a second cut of the same pipeline ends before the first has its store.
  const ready = pipeline.cut({ source, stores: [], wholeDigest: true }, options).then(() => survey(store));
  const stores = [{ store, ready, verifyReused: false }];
  const cut = await pipeline.cut({ source, stores, wholeDigest: true }, options);
  expect(cut.stores[0]).toMatchObject({ written: 5, reused: 1 });
  expect(cut).toMatchObject({ sizeBytes, checksum, bytesRead: sizeBytes });
  for (const { digest } of cut.blocks.entries()) {
    decodeBlockSync('lz4', await store.get(blockKey(digest), { signal }), digest);
  }
});

test('a checkpoint is told about every 64 MiB, and only for bytes that are in the file', async () => {
  const path = join(folder.path, 'file');
  writeFileSync(path, '');
  const bytes = blockOf(7);
  const count = 90;
  const extents = Array.from({ length: count }, (_, i): Extent => {
    const offset = i * blockSizeBytes;
    return i % 3 === 2 ? { kind: 'hole', offset, length: blockSizeBytes } : { kind: 'data', offset, bytes };
  });
  const offsets: number[] = [];
  const onCheckpoint = async (offset: number): Promise<void> => {
    offsets.push(offset);
    const file = readFileSync(path);
    for (let window = 0; window < offset / blockSizeBytes; window++) {
      const found = file.subarray(window * blockSizeBytes, (window + 1) * blockSizeBytes);
      expect(Buffer.compare(found, window % 3 === 2 ? Buffer.alloc(blockSizeBytes) : bytes)).toBe(0);
    }
  };
  const job = { source: memorySource(extents), stores: [], file: { path }, wholeDigest: false, onCheckpoint };
  await pipeline.cut(job, options);
  expect(offsets.length).toBeGreaterThan(0);
  for (const [i, offset] of offsets.entries()) {
    expect(offset - (offsets[i - 1] ?? 0)).toBeGreaterThanOrEqual(64 * 1024 * 1024);
  }
});

test('an abort stops every write before the cut rejects, and leaves nothing in the staging area', async () => {
  const { source } = makeImage(
    join(folder.path, 'image'),
    Array.from({ length: 40 }, (_, i) => blockOf(i + 1)),
  );
  const path = join(folder.path, 'store');
  const store = await openDirectory(path);
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = ({ doneBytes }: { doneBytes: number }): void => {
    if (doneBytes > 0) controller.abort(reason);
  };
  const cut = pipeline.cut(
    { source, stores: [into(store)], wholeDigest: true },
    { concurrency: 4, signal: controller.signal, onProgress },
  );
  await expect(cut).rejects.toBe(reason);
  const blocks = (): string[] => readdirSync(path, { recursive: true }) as string[];
  const found = blocks();
  await new Promise((resolve) => setImmediate(resolve));
  expect(blocks()).toEqual(found);
  expect(readdirSync(join(path, '.hayloft-staging'))).toEqual([]);
});

test('a directory that cannot be written fails the cut with the reason, for every thread', async () => {
  const { source } = makeImage(join(folder.path, 'image'), [blockOf(1), blockOf(2)]);
  const path = join(folder.path, 'store');
  const store = await openDirectory(path);
  writeFileSync(join(path, '.hayloft-staging'), 'a file where the folder should be');
  const cut = pipeline.cut({ source, stores: [into(store)], wholeDigest: true }, options);
  await expect(cut).rejects.toEqual(failsWith('STORE_INVALID'));
});

test('an error of a worker thread arrives with its code, message and remedy', async () => {
  const image = makeImage(join(folder.path, 'image'), [blockOf(1), undefined, blockOf(2)]);
  const store = await openDirectory(join(folder.path, 'store'));
  const cut = await pipeline.cut({ source: image.source, stores: [into(store)], wholeDigest: true }, options);
  const digest = cut.blocks.at(2)!;
  await store.delete(blockKey(digest), { signal });
  const joined = pipeline.join({ store, config: configOf(cut), sink: { kind: 'none' }, wholeDigest: true }, options);
  const error = (await joined.catch((reason: unknown) => reason)) as BackupError;
  expect(error).toBeInstanceOf(BackupError);
  expect(error).toMatchObject({ code: 'BLOCK_MISSING', remedy: expect.stringContaining('hayloft backup repair') });
  expect(error.message).toContain(`block ${digest} of window 2 (offset ${2 * blockSizeBytes}) of "image" in file://`);
});

test('a source that waits for ever does not keep a failed job', async () => {
  const store = await openDirectory(join(folder.path, 'store'));
  const refused = new BackupError('STORE_LOCKED', 'locked', { remedy: 'Wait.' });
  const source: ImageSource = {
    ...memorySource([]),
    sizeBytes: undefined,
    extents: async function* ({ signal: stop }) {
      yield { kind: 'data', offset: 0, bytes: Uint8Array.of(1) };
      await new Promise((_, reject) => stop.addEventListener('abort', () => reject(stop.reason as Error)));
    },
  };
  const stores = [{ store, ready: Promise.reject(refused), verifyReused: false }];
  await expect(pipeline.cut({ source, stores, wholeDigest: true }, options)).rejects.toBe(refused);
});

test('a process that is killed in the middle leaves only whole blocks, and the next cut goes on from them', async () => {
  const image = join(folder.path, 'image');
  const { source, checksum } = makeImage(
    image,
    Array.from({ length: 24 }, (_, i) => blockOf(i + 1)),
  );
  const path = join(folder.path, 'store');
  const store = await openDirectory(path);
  const script = `
    import { createCodecWorkers } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    import { fileSource, openDirectory, options, survey } from ${JSON.stringify(join(import.meta.dirname, 'testing.ts'))};
    const store = await openDirectory(${JSON.stringify(path)});
    const stores = [{ store, ready: survey(store), verifyReused: false }];
    const source = fileSource(${JSON.stringify(image)}, ${source.sizeBytes});
    const onProgress = () => process.stdout.write('.');
    await createCodecWorkers({ workerCount: 2 }).cut({ source, stores, wholeDigest: true }, { ...options, onProgress });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');

  let whole = 0;
  for await (const { key } of store.list(longhornFormat.blocksPrefix, { signal })) {
    decodeBlockSync('lz4', await store.get(key, { signal }), longhornFormat.parseBlockKey(key)!);
    whole++;
  }
  const cut = await pipeline.cut({ source, stores: [into(store)], wholeDigest: true }, options);
  expect(cut.checksum).toBe(checksum);
  expect(cut.stores[0]).toMatchObject({ written: 24 - whole, reused: whole });
});
