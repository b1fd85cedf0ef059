/** Each test plants a flaw of Longhorn's library (its number in the test's name) and shows that it cannot happen here. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { BackupError, isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import { BlockMap } from '../contracts/blocks.ts';
import type { CutJob, PipelineOptions } from '../contracts/pipeline.ts';
import type { BackupStore } from '../contracts/store.ts';
import {
  createFaultyStore,
  createMemoryStore,
  createMemoryTarget,
  createVirtualClock,
  memorySource,
  seededRandom,
  testContext,
} from '../testing/index.ts';
import type { MemoryStore } from '../testing/index.ts';
import { backup } from './backup.ts';
import type { BackupRequest } from './backup.ts';
import { copy } from './copy.ts';
import { createImage } from './create-image.ts';
import { inspectBackup, listBackups } from './list-backups.ts';
import { prune } from './prune.ts';
import { remove } from './remove.ts';
import { repair } from './repair.ts';
import { restore } from './restore.ts';
import { storeStats, unlockStore } from './store-upkeep.ts';
import { verify } from './verify.ts';

const clock = createVirtualClock();
const context = (overrides: Partial<OperationContext> = {}): OperationContext => {
  const random = seededRandom(Math.floor(clock.monotonic()) + 7);
  return testContext({ clock, randomBytes: (length) => random.bytes(length), ...overrides });
};
const { format } = context();
const bytesOf = (seed: number, length = 1024): Uint8Array => seededRandom(seed).bytes(length);
const newStore = (): MemoryStore => createMemoryStore({ now: () => clock.now() });
const gzip = { fallback: 'gzip' } as const;

const backUp = (
  store: BackupStore,
  name: string,
  image: Uint8Array,
  more: Partial<BackupRequest> = {},
  ctx = context(),
) => backup({ store, name, source: memorySource(image), compression: gzip, ...more }, ctx);

async function restored(store: BackupStore, name: string): Promise<Uint8Array | undefined> {
  await using target = createMemoryTarget();
  await restore({ store, name, sink: { kind: 'target', target } }, context());
  return target.committed?.bytes;
}

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'OK',
    (error: unknown) => (isBackupError(error) ? error.code : String(error)),
  );
const blockKeys = (store: MemoryStore): string[] =>
  store.blobs.keys().filter((key) => key.startsWith(format.blocksPrefix));
const inProgress = (name: string): Uint8Array => format.encodeConfig({ ...configFor(name), completedAt: '' });
const configFor = (name: string) => ({
  name,
  sizeBytes: 0,
  checksum: '',
  labels: undefined,
  compression: 'gzip' as const,
  createdAt: '2030-01-01T00:00:00Z',
  completedAt: '2030-01-01T00:00:00Z',
  secret: '',
  secretNamespace: '',
  blocks: new BlockMap(0, 64),
});
const refusing = (store: BackupStore, verb: string, prefix: string): BackupStore => {
  const refuse = (): never => {
    throw new BackupError('ACCESS_DENIED', '403', { remedy: '' });
  };
  return {
    ...store,
    location: store.location,
    get: async (key, options) => (verb === 'get' && key.startsWith(prefix) ? refuse() : store.get(key, options)),
    list: (p, options) => (verb === 'list' && p.startsWith(prefix) ? refuse() : store.list(p, options)),
  };
};

test('a backup restores byte-equal, and a second one writes nothing', async () => {
  const store = newStore();
  const image = bytesOf(1);
  const first = await backUp(store, 'one', image, { labels: { a: '<&>' } });
  expect(first.blocks).toMatchObject({ total: 16, unique: 16, written: 16, reused: 0, healed: 0, holes: 0 });
  expect(await restored(store, 'one')).toEqual(Buffer.from(image));
  const again = await backUp(store, 'one', image);
  expect(again.blocks).toMatchObject({ written: 0, reused: 16 });
  expect(again.completedAt).toBe(first.completedAt);
  const other = await backUp(store, 'two', image);
  expect(other).toMatchObject({ reusedVerified: false, blocks: { written: 0 }, checksum: first.checksum });
  expect(await verify({ store }, context())).toMatchObject({ ok: true, items: [{ name: 'one' }, { name: 'two' }] });
});

test('F1: a listing of backups that fails, or comes back empty, deletes no block of anybody', async () => {
  const store = newStore();
  await backUp(store, 'one', bytesOf(1));
  await backUp(store, 'two', bytesOf(2));
  const before = blockKeys(store).length;
  const failing = refusing(store, 'list', format.configsPrefix);
  expect(await codeOf(prune({ store: failing, dryRun: false }, context()))).toBe('ACCESS_DENIED');
  const empty: BackupStore = {
    ...store,
    list: (prefix, options) => (prefix === format.configsPrefix ? nothing() : store.list(prefix, options)),
  };
  expect(await codeOf(prune({ store: empty, dryRun: false }, context()))).toBe('STORE_INVALID');
  expect(blockKeys(store)).toHaveLength(before);
  const removal = await remove(
    { store: refusing(store, 'list', format.blocksPrefix), name: 'one', dryRun: true },
    context(),
  ).catch((e: BackupError) => e.code);
  expect(removal).toBe('ACCESS_DENIED');
  expect(await restored(store, 'two')).toEqual(Buffer.from(bytesOf(2)));
});

async function* nothing(): AsyncGenerator<never> {}

test('F2: the pool keeps one method; another is refused unless asked for, and any mix is read', async () => {
  const store = newStore();
  const image = bytesOf(1);
  expect(await backUp(store, 'raw', image, { compression: { fallback: 'none' } })).toMatchObject({
    compression: 'none',
  });
  expect(await backUp(store, 'default', bytesOf(2))).toMatchObject({ compression: 'none' });
  expect(await codeOf(backUp(store, 'other', image, { compression: { ...gzip, explicit: 'gzip' } }))).toBe(
    'USAGE_INVALID',
  );
  const mixed = await backUp(store, 'mixed', bytesOf(3), { compression: { ...gzip, explicit: 'gzip', mix: true } });
  expect(mixed.compression).toBe('gzip');
  await backUp(store, 'shared', image, { compression: { ...gzip, explicit: 'gzip', mix: true } });
  for (const [name, bytes] of [
    ['raw', image],
    ['mixed', bytesOf(3)],
    ['shared', image],
  ] as const) {
    expect(await restored(store, name)).toEqual(Buffer.from(bytes));
  }
});

test('F3: what an interrupted backup left in progress does not count as a backup, and does not stop the next one', async () => {
  for (const left of [inProgress('one'), new Uint8Array(0)]) {
    const store = newStore();
    await store.put(format.configKey('one'), left, context());
    expect(await codeOf(restored(store, 'one'))).toBe('BACKUP_INCOMPLETE');
    expect(await inspectBackup(store, 'one', context())).toMatchObject({ state: 'InProgress' });
    await backUp(store, 'one', bytesOf(1));
    expect(await restored(store, 'one')).toEqual(Buffer.from(bytesOf(1)));
  }
});

test('F3: but one that a live run may be writing is left to it', async () => {
  const store = newStore();
  await store.put(format.configKey('one'), inProgress('one'), context());
  await store.put(
    format.lock.key('lock-1111111111111111'),
    format.lock.encode({ name: 'lock-1111111111111111', type: 'backup', acquired: true }),
    context(),
  );
  expect(await codeOf(backUp(store, 'one', bytesOf(1)))).toBe('STORE_LOCKED');
});

test('F4: a config in progress stops a sweep for a day, then no longer; an unreadable one is named', async () => {
  const store = newStore();
  await backUp(store, 'one', bytesOf(1));
  await store.put(format.blockKey('ab'.repeat(32)), bytesOf(9, 64), context());
  await store.put(format.configKey('dead'), inProgress('dead'), context());
  expect(await codeOf(prune({ store, dryRun: false }, context()))).toBe('STORE_LOCKED');
  await clock.advance(25 * 3600_000);
  expect(await prune({ store, dryRun: false }, context())).toMatchObject({
    blocks: { orphans: 1, deleted: 1, kept: 16 },
  });
  await store.put(format.configKey('broken'), Buffer.from('{'), context());
  expect(await codeOf(prune({ store, dryRun: false }, context()))).toBe('STORE_INVALID');
  expect(await listBackups(store, context())).toMatchObject([
    { name: 'broken', state: 'Unknown' },
    { name: 'dead', state: 'InProgress' },
    { name: 'one' },
  ]);
});

test('F5: a refusal is not absence: no config is overwritten and no backup called missing because of a 403', async () => {
  const store = newStore();
  await backUp(store, 'one', bytesOf(1));
  const denied = refusing(store, 'get', format.configsPrefix);
  const before = store.blobs.peek(format.configKey('one'));
  expect(await codeOf(backUp(denied, 'one', bytesOf(2)))).toBe('ACCESS_DENIED');
  expect(await codeOf(restored(denied, 'one'))).toBe('ACCESS_DENIED');
  expect(store.blobs.peek(format.configKey('one'))).toEqual(before);
});

test('F8, F9: progress never passes the total, and a failed block is never counted as done', async () => {
  const store = newStore();
  const image = bytesOf(1, 17 * 64);
  const seen: number[] = [];
  await backup(
    { store, name: 'one', source: memorySource(image.subarray(0, 1024)), compression: gzip },
    context({ onProgress: (p) => seen.push(p.doneBytes / (p.totalBytes ?? Infinity)) }),
  );
  expect(Math.max(...seen)).toBe(1);
  store.blobs.tamper(blockKeys(store)[15]!, new Uint8Array(3));
  let done = 0;
  const outcome = restore(
    { store, name: 'one', sink: { kind: 'stream', write: async () => {} } },
    context({ onProgress: (p) => (done = p.doneBytes) }),
  );
  expect(await codeOf(outcome)).toBe('DATA_CORRUPT');
  expect(done).toBeLessThan(1024);
});

test('F10: after a failure was reported nothing more is written', async () => {
  const store = newStore();
  let fails = 3;
  const plan = {
    random: seededRandom(5),
    clock,
    latencyMsMax: 50,
    errorBefore: 1,
    strikes: (verb: string, key: string) => verb === 'put' && key.startsWith(format.blocksPrefix) && --fails <= 0,
  };
  expect(await codeOf(backUp(createFaultyStore(store, plan), 'one', bytesOf(1, 4096)))).toBe('STORE_UNAVAILABLE');
  const after = store.blobs.keys();
  await clock.advance(10_000);
  expect(store.blobs.keys()).toEqual(after);
  expect(after.filter((key) => key.startsWith(format.lock.prefix) || key.startsWith(format.configsPrefix))).toEqual([]);
});

test('F12: missing, empty and implausibly sized blocks are healed by the next backup of another image that contains them', async () => {
  for (const damage of [undefined, new Uint8Array(0), new Uint8Array(2000)]) {
    const store = newStore();
    await backUp(store, 'one', bytesOf(1));
    const key = blockKeys(store)[4]!;
    if (damage === undefined) await store.delete(key, context());
    else store.blobs.tamper(key, damage);
    const next = await backUp(store, 'two', bytesOf(1));
    expect(next.blocks).toMatchObject({ written: 1, healed: damage === undefined ? 0 : 1, reused: 15 });
    expect(await verify({ store }, context())).toMatchObject({ ok: true });
  }
});

test('F12: a block cut to a plausible size is found and healed by --verify-reused, verify and repair', async () => {
  const rot = async () => {
    const store = newStore();
    await backUp(store, 'one', bytesOf(1), { compression: { fallback: 'none' } });
    const key = blockKeys(store)[4]!;
    const bytes = Uint8Array.from(store.blobs.peek(key)!);
    bytes[7]! ^= 1;
    store.blobs.tamper(key, bytes);
    return store;
  };
  const blind = await rot();
  expect(await backUp(blind, 'two', bytesOf(1))).toMatchObject({ reusedVerified: false });
  expect(await verify({ store: blind, name: 'two' }, context())).toMatchObject({
    ok: false,
    problems: [{ kind: 'corrupt' }],
  });
  const looking = await rot();
  expect(await backUp(looking, 'two', bytesOf(1), { verifyReused: true })).toMatchObject({
    reusedVerified: true,
    blocks: { healed: 1 },
  });
  expect(await restored(looking, 'one')).toEqual(Buffer.from(bytesOf(1)));
  const repaired = await rot();
  const sources = [{ kind: 'image', open: async () => memorySource(bytesOf(1)) }] as const;
  expect(await repair({ store: repaired, name: 'one', sources, dryRun: true }, context())).toMatchObject({
    ok: false,
    blocks: { damaged: 1, healed: 0 },
  });
  expect(await repair({ store: repaired, name: 'one', sources }, context())).toMatchObject({
    ok: true,
    blocks: { damaged: 1, healed: 1 },
  });
  expect(await restored(repaired, 'one')).toEqual(Buffer.from(bytesOf(1)));
});

test('F30: a restore that fails leaves its target as it was', async () => {
  const store = newStore();
  await backUp(store, 'one', bytesOf(1));
  await store.delete(blockKeys(store)[3]!, context());
  await using target = createMemoryTarget();
  expect(await codeOf(restore({ store, name: 'one', sink: { kind: 'target', target } }, context()))).toBe(
    'BLOCK_MISSING',
  );
  expect(target.committed).toBeUndefined();
});

test('F31: a backup of that name with other content is said to be so, and stays', async () => {
  const store = newStore();
  await backUp(store, 'one', bytesOf(1));
  const keys = store.blobs.keys();
  for (const other of [bytesOf(2), bytesOf(1, 512)])
    expect(await codeOf(backUp(store, 'one', other))).toBe('EXISTS_WITH_OTHER_CONTENT');
  expect(store.blobs.keys()).toEqual(keys);
});

test('F34: junk in the pool is neither a block nor deleted', async () => {
  const store = newStore();
  await backUp(store, 'one', bytesOf(1));
  await store.put(`${format.blocksPrefix}ab`, new Uint8Array(1), context());
  expect(await prune({ store, dryRun: false }, context())).toMatchObject({ blocks: { orphans: 0 } });
  expect(store.blobs.peek(`${format.blocksPrefix}ab`)).toBeDefined();
});

test('a whole-image digest that does not match is never a success, though every block matches', async () => {
  const store = newStore();
  await backUp(store, 'one', bytesOf(1));
  const config = format.decodeConfig(store.blobs.peek(format.configKey('one'))!, 'one');
  await store.put(format.configKey('one'), format.encodeConfig({ ...config, checksum: '0'.repeat(128) }), context());
  expect(await codeOf(restored(store, 'one'))).toBe('CHECKSUM_MISMATCH');
  expect(await verify({ store, name: 'one' }, context())).toMatchObject({
    ok: false,
    problems: [{ kind: 'checksum' }],
  });
  await store.put(format.configKey('one'), format.encodeConfig({ ...config, checksum: 'unknown' }), context());
  await using target = createMemoryTarget();
  expect(await restore({ store, name: 'one', sink: { kind: 'target', target } }, context())).toMatchObject({
    proven: 'blocks',
  });
  const strict = restore({ store, name: 'one', sink: { kind: 'target', target }, requireChecksum: true }, context());
  expect(await codeOf(strict)).toBe('CHECKSUM_MISMATCH');
});

test('bit rot of an image is found before a backup claims it', async () => {
  const store = newStore();
  await using target = createMemoryTarget();
  const { proof } = await createImage({ source: memorySource(bytesOf(1)), target }, context());
  const rotten = bytesOf(1);
  rotten[700]! ^= 4;
  expect(await codeOf(backUp(store, 'one', rotten, { proof }))).toBe('DATA_CORRUPT');
  expect(await listBackups(store, context())).toEqual([]);
  expect(await backUp(store, 'one', bytesOf(1), { proof })).toMatchObject({
    checksum: proof.checksum,
    state: 'Completed',
  });
});

test('an image that is trusted to be unchanged is not read, unless the store lacks one of its blocks', async () => {
  const store = newStore();
  await using target = createMemoryTarget();
  const { proof } = await createImage({ source: memorySource(bytesOf(1)), target }, context());
  await backUp(store, 'one', bytesOf(1), { proof });
  const trusting = { proof, trustUnchanged: true };
  expect(await backUp(store, 'two', bytesOf(1), trusting)).toMatchObject({
    bytes: { read: 0 },
    blocks: { reused: 16 },
  });
  store.blobs.tamper(blockKeys(store)[4]!, new Uint8Array(0));
  expect(await backUp(store, 'three', bytesOf(1), trusting)).toMatchObject({
    bytes: { read: 1024 },
    blocks: { healed: 1 },
  });
  expect(await restored(store, 'two')).toEqual(Buffer.from(bytesOf(1)));
});

test('an image whose size is no multiple of 512 is refused before it is read, or padded when asked', async () => {
  const source = (size: number) => memorySource(bytesOf(1, size));
  await using target = createMemoryTarget();
  let read = false;
  const unread = { ...source(1000), extents: () => ((read = true), nothing()) };
  expect(await codeOf(createImage({ source: unread, target }, context()))).toBe('SOURCE_INVALID');
  expect(read).toBe(false);
  expect(
    await codeOf(createImage({ source: memorySource(bytesOf(1, 1000), { sizeBytes: 'unknown' }), target }, context())),
  ).toBe('SOURCE_INVALID');
  expect(target.committed).toBeUndefined();
  const padded = await createImage({ source: source(1000), target, pad: true }, context());
  expect(padded.proof.sizeBytes).toBe(1024);
  expect(target.committed!.bytes).toEqual(Buffer.concat([bytesOf(1, 1000), Buffer.alloc(24)]));
});

test('a file that the target can share is not copied, and is proven all the same', async () => {
  await using original = createMemoryTarget();
  writeFileSync(original.path, bytesOf(1));
  await using target = createMemoryTarget();
  const cloneFrom = async (path: string) => (copyFileSync(path, target.path), true);
  let writes = 0;
  const sharing = Object.assign(target, { cloneFrom });
  const ctx = context();
  const pipeline = {
    ...ctx.pipeline,
    cut: (job: CutJob, options: PipelineOptions) => (
      (writes += job.file === undefined ? 0 : 1),
      ctx.pipeline.cut(job, options)
    ),
  };
  const source = { ...memorySource(bytesOf(1)), file: { path: original.path } };
  const { proof } = await createImage({ source, target: sharing }, { ...ctx, pipeline });
  expect({ writes, sizeBytes: proof.sizeBytes }).toEqual({ writes: 0, sizeBytes: 1024 });
  expect(target.committed!.bytes).toEqual(Buffer.from(bytesOf(1)));
});

test('removing one of two backups that share blocks keeps the shared ones; prune collects what a killed run left', async () => {
  const store = newStore();
  const [a, b] = [bytesOf(1), Buffer.concat([bytesOf(1, 512), bytesOf(2, 512)])];
  await backUp(store, 'one', a);
  await backUp(store, 'two', b);
  expect(await remove({ store, name: 'one', dryRun: true }, context())).toMatchObject({
    blocks: { deleted: 8, kept: 8 },
    dryRun: true,
  });
  expect(await restored(store, 'one')).toEqual(Buffer.from(a));
  expect(await remove({ store, name: 'one', dryRun: false }, context())).toMatchObject({
    blocks: { deleted: 8 },
    swept: true,
  });
  expect(await restored(store, 'two')).toEqual(Buffer.from(b));
  expect(await codeOf(remove({ store, name: 'one', dryRun: false }, context()))).toBe('BACKUP_NOT_FOUND');
  await store.put(format.blockKey('cd'.repeat(32)), new Uint8Array(64), context());
  expect(await storeStats(store, context())).toMatchObject({
    images: { completed: 1 },
    blocks: { total: 17, orphans: 1, missing: 0 },
  });
  expect(await prune({ store, dryRun: false }, context())).toMatchObject({ blocks: { deleted: 1, kept: 16 } });
});

test('a copy sends what the other store lacks, proves it on the way, and finds damage', async () => {
  const [from, to] = [newStore(), createMemoryStore({ now: () => clock.now(), location: 'memory:///other/' })];
  await backUp(from, 'one', bytesOf(1));
  await backUp(to, 'half', bytesOf(1, 512));
  expect(await copy({ from, name: 'one', to, compression: gzip }, context())).toMatchObject({
    blocks: { written: 8, reused: 8 },
  });
  expect(await restored(to, 'one')).toEqual(Buffer.from(bytesOf(1)));
  from.blobs.tamper(blockKeys(from)[0]!, new Uint8Array(5));
  const empty = newStore();
  expect(await codeOf(copy({ from, name: 'one', to: empty, compression: gzip }, context()))).toBe('DATA_CORRUPT');
  expect(await listBackups(empty, context())).toEqual([]);
});

test('only locks that protect nothing are removed by unlock, unless it is forced', async () => {
  const store = newStore();
  const lock = async (name: string) =>
    store.put(format.lock.key(name), format.lock.encode({ name, type: 'backup', acquired: true }), context());
  await lock('lock-1111111111111111');
  await clock.advance(200_000);
  await lock('lock-2222222222222222');
  expect(await unlockStore(store, { dryRun: true, force: false }, context())).toMatchObject({
    removed: ['lock-1111111111111111'],
  });
  expect(await unlockStore(store, { dryRun: false, force: false }, context())).toMatchObject({
    removed: ['lock-1111111111111111'],
  });
  expect(await unlockStore(store, { dryRun: false, force: true }, context())).toMatchObject({
    removed: ['lock-2222222222222222'],
  });
});
