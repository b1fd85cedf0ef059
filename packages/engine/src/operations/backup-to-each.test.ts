import { expect, test } from '@jest/globals';
import { BackupError, isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { ImageSource } from '../contracts/source.ts';
import type { BackupStore } from '../contracts/store.ts';
import {
  createMemoryStore,
  createMemoryTarget,
  createVirtualClock,
  memorySource,
  seededRandom,
  testContext,
} from '../testing/index.ts';
import type { MemoryStore } from '../testing/index.ts';
import { backup } from './backup.ts';
import type { BackupResult } from './backup.ts';
import { backupToEach } from './backup-to-each.ts';
import { restore } from './restore.ts';

const clock = createVirtualClock();
const random = seededRandom(1);
const context = (overrides: Partial<OperationContext> = {}): OperationContext =>
  testContext({ clock, randomBytes: (length) => random.bytes(length), ...overrides });
const { format } = context();
const newStore = (): MemoryStore => createMemoryStore({ now: () => clock.now() });
const image = seededRandom(2).bytes(24 * format.blockSizeBytes);

/** An image that counts how often it is read from its beginning. */
function countedSource(bytes: Uint8Array): ImageSource & { passes: number } {
  const inner = memorySource(bytes);
  const source: ImageSource & { passes: number } = Object.assign(Object.create(inner) as ImageSource, {
    passes: 0,
    extents: (...args: Parameters<ImageSource['extents']>) => {
      source.passes++;
      return inner.extents(...args);
    },
  });
  return source;
}

/** A store whose puts of blocks fail from the third on. */
function failing(store: BackupStore): BackupStore {
  let puts = 0;
  return {
    ...store,
    put: async (key, data, options) => {
      if (key.startsWith(format.blocksPrefix) && ++puts > 2) {
        throw new BackupError('NO_SPACE', 'the bucket is full', { remedy: 'Make room.' });
      }
      await store.put(key, data, options);
    },
  };
}

const backUp = async (
  source: ImageSource,
  stores: readonly BackupStore[],
  ctx = context(),
): Promise<PromiseSettledResult<BackupResult>[]> =>
  backupToEach(
    { source, name: 'ubuntu', compression: { fallback: 'gzip' } },
    stores.map((store) => ({ store, context: ctx })),
    ctx,
  );

const codesOf = (outcomes: readonly PromiseSettledResult<unknown>[]): string[] =>
  outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return 'OK';
    return isBackupError(outcome.reason) ? outcome.reason.code : String(outcome.reason);
  });

async function restored(store: BackupStore): Promise<Uint8Array | undefined> {
  await using target = createMemoryTarget();
  await restore({ store, name: 'ubuntu', sink: { kind: 'target', target } }, context());
  return target.committed?.bytes;
}

const locksOf = (store: MemoryStore): string[] =>
  [...store.blobs.keys()].filter((key) => key.startsWith(format.lock.prefix));

test('an image goes to three stores in one pass, and comes back from each', async () => {
  const stores = [newStore(), newStore(), newStore()];
  const source = countedSource(image);
  const outcomes = await backUp(source, stores);
  expect(codesOf(outcomes)).toEqual(['OK', 'OK', 'OK']);
  expect(source.passes).toBe(1);
  for (const store of stores) {
    expect(await restored(store)).toEqual(image);
    expect(locksOf(store)).toEqual([]);
  }
});

test('what each store has already is counted for itself', async () => {
  const stores = [newStore(), newStore()];
  await backup(
    { store: stores[0]!, source: memorySource(image), name: 'older', compression: { fallback: 'gzip' } },
    context(),
  );
  const outcomes = await backUp(memorySource(image), stores);
  const values = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.blocks : undefined));
  expect(values).toMatchObject([
    { written: 0, reused: 24 },
    { written: 24, reused: 0 },
  ]);
});

test('a store that fails in the middle says so, and the others get their backup', async () => {
  const stores = [newStore(), newStore(), newStore()];
  const outcomes = await backUp(memorySource(image), [stores[0]!, failing(stores[1]!), stores[2]!]);
  expect(codesOf(outcomes)).toEqual(['OK', 'NO_SPACE', 'OK']);
  expect(await restored(stores[0]!)).toEqual(image);
  expect(await restored(stores[2]!)).toEqual(image);
  expect(stores.flatMap(locksOf)).toEqual([]);
});

test('a store that takes no backup of that name does not cost the others a second pass each', async () => {
  const stores = [newStore(), newStore(), newStore()];
  await backup(
    { store: stores[1]!, source: memorySource(image.subarray(512)), name: 'ubuntu', compression: { fallback: 'gzip' } },
    context(),
  );
  const source = countedSource(image);
  expect(codesOf(await backUp(source, stores))).toEqual(['OK', 'EXISTS_WITH_OTHER_CONTENT', 'OK']);
  expect(source.passes).toBeLessThanOrEqual(2);
  expect(await restored(stores[1]!)).toEqual(image.subarray(512));
});

test('an image that cannot be read fails for every store, and an abort for the whole', async () => {
  const stores = [newStore(), newStore()];
  const broken: ImageSource = {
    ...memorySource(image),
    extents: async function* () {
      yield* [];
      throw new BackupError('SOURCE_UNAVAILABLE', 'the disk is gone', { remedy: '' });
    },
  };
  expect(codesOf(await backUp(broken, stores))).toEqual(['SOURCE_UNAVAILABLE', 'SOURCE_UNAVAILABLE']);
  const reason = new Error('stop');
  await expect(backUp(memorySource(image), stores, context({ signal: AbortSignal.abort(reason) }))).rejects.toBe(
    reason,
  );
  expect(
    stores.flatMap((store) => [...store.blobs.keys()]).filter((key) => key === format.configKey('ubuntu')),
  ).toEqual([]);
});
