import { expect, test } from '@jest/globals';
import type { BackupStore } from '../contracts/store.ts';
import { BackupError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { overStore } from '../store/over-store.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import type { MemoryStore, MemoryStoreOptions } from '../testing/memory-store.ts';
import { checkStore } from './check-store.ts';
import type { StoreCheck } from './check-store.ts';
import { storeCases } from './store-cases.ts';

const prefix = 'hayloft-check-1/';
const users = ['backupstore/blocks/a', 'hayloft-check-', 'hayloft-check-1', 'hayloft-check-10/x', 'kept/blob'];

const fail = (code: ErrorCode): never => {
  throw new BackupError(code, 'the store says so', { remedy: 'Mend it.' });
};

interface Trial {
  readonly checks: readonly StoreCheck[];
  readonly error: unknown;
  readonly left: readonly string[];
  readonly reasons: readonly unknown[];
}

/** Checks a store in which a user's blobs are, and says what came of it and what is in it afterwards. */
async function check(
  change: (store: MemoryStore) => BackupStore = (store) => store,
  options: {
    readonly memory?: MemoryStoreOptions;
    readonly onCheck?: (check: StoreCheck, stop: () => void) => void;
  } = {},
): Promise<Trial> {
  const { blobs } = createMemoryStore();
  const controller = new AbortController();
  const { signal } = controller;
  const user = createMemoryStore({ blobs });
  for (const key of users) await user.put(key, Buffer.from(key), { signal });
  const checks: StoreCheck[] = [];
  const reasons: unknown[] = [];
  let error: unknown;
  try {
    const open = async (): Promise<BackupStore> => change(createMemoryStore({ ...options.memory, blobs }));
    const onLeft = (reason: unknown): void => void reasons.push(reason);
    for await (const one of checkStore(open, { signal, prefix, onLeft })) {
      checks.push(one);
      options.onCheck?.(one, () => controller.abort('stopped'));
    }
  } catch (thrown) {
    error = thrown;
  }
  return { checks, error, left: blobs.keys().sort(), reasons };
}

test('a store that keeps every promise has a line for each, and what does not apply says why', async () => {
  const { checks, error, left } = await check(undefined, { memory: { capabilities: { conditionalPut: false } } });
  expect(error).toBeUndefined();
  expect(checks.map(({ name }) => name)).toEqual(storeCases.map(({ name }) => name));
  const rest = checks
    .filter(({ outcome }) => outcome !== 'kept')
    .map(({ name, outcome, detail }) => [name, outcome, detail]);
  expect(rest).toEqual([
    ['files of a directory', 'not tried', 'the store is no directory of this machine'],
    ['conditional put', 'not tried', 'the store does not claim it'],
    ['full store', 'not tried', 'a store in use is not filled'],
    ['a refusal is no absence', 'not tried', 'needs credentials that are refused'],
    ['an outage is no absence', 'not tried', 'needs an outage'],
    ['one attempt a call', 'not tried', 'needs an outage'],
  ]);
  expect(left).toEqual(users);
});

test('a broken promise is one line with what was seen, one for which there is no room is not tried, and nothing is left', async () => {
  // Absent to its own writer: the error has a code, but the store can be reached.
  const { checks, error, left } = await check((store) =>
    overStore(store, {
      put: async (key, data, options) => (data.length > 9_000_000 ? fail('NO_SPACE') : store.put(key, data, options)),
      get: async (key, options) => (key.endsWith('empty') ? fail('BLOB_NOT_FOUND') : store.get(key, options)),
      delete: async (key, options) =>
        key.includes('ranges/') ? fail('STORE_UNAVAILABLE') : store.delete(key, options),
    }),
  );
  expect(error).toBeUndefined();
  const broken = checks.filter(({ outcome }) => outcome === 'broken');
  expect(broken.map(({ name, detail }) => [name, detail])).toEqual([
    ['empty blob', 'BLOB_NOT_FOUND: the store says so'],
    ['ranges', 'STORE_UNAVAILABLE: the store says so'],
  ]);
  expect(checks.length).toBe(storeCases.length);
  expect(checks.find(({ name }) => name === 'largest blob')).toMatchObject({ outcome: 'not tried' });
  expect(left.filter((key) => !key.includes('ranges/'))).toEqual(users);
});

test('what cannot be removed is said', async () => {
  const { left, reasons } = await check((store) =>
    overStore(store, {
      delete: async (key, options) => (key.endsWith('dot.') ? fail('ACCESS_DENIED') : store.delete(key, options)),
    }),
  );
  expect(left.filter((key) => !users.includes(key))).toContain(`${prefix}every-allowed-name/dot.`);
  expect(reasons).toEqual([expect.objectContaining({ code: 'ACCESS_DENIED' })]);
});

test.each<ErrorCode>(['STORE_READ_ONLY', 'ACCESS_DENIED', 'STORE_UNAVAILABLE', 'NO_SPACE'])(
  'a store that cannot be written breaks no promise: %s ends the check',
  async (code) => {
    const { checks, error, left } = await check((store) => overStore(store, { put: async () => fail(code) }));
    expect(error).toMatchObject({ code });
    expect(checks).toEqual([]);
    expect(left).toEqual(users);
  },
);

test('a store that goes away in the middle ends the check, and what is left is said', async () => {
  let isAway = false;
  const change = (store: MemoryStore): BackupStore =>
    overStore(store, {
      put: async (key, data, options) => (isAway ? fail('STORE_UNAVAILABLE') : store.put(key, data, options)),
      list: (within, options) => (isAway ? away() : store.list(within, options)),
    });
  const { checks, error, reasons } = await check(change, { onCheck: () => void (isAway = true) });
  expect(checks.length).toBe(1);
  expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(reasons).toEqual([expect.objectContaining({ code: 'STORE_UNAVAILABLE' })]);
});

// eslint-disable-next-line require-yield
async function* away(): AsyncGenerator<never> {
  fail('STORE_UNAVAILABLE');
}

test('an abort in the middle of a case ends the check with its reason and removes what was written', async () => {
  let stop = (): void => {};
  const change = (store: MemoryStore): BackupStore =>
    overStore(store, {
      put: async (key, data, options) => {
        await store.put(key, data, options);
        if (key.endsWith('list-is-complete/many/blob-500')) stop();
      },
    });
  const { error, left, reasons } = await check(change, { onCheck: (_check, abort) => void (stop = abort) });
  expect(error).toBe('stopped');
  expect([left, reasons]).toEqual([users, []]);
});
