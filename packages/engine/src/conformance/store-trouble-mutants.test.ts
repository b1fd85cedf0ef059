import { describe, expect, test } from '@jest/globals';
import type { BackupStore } from '../contracts/store.ts';
import { BackupError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { overStore } from '../store/over-store.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import type { MemoryBlobs } from '../testing/memory-store.ts';
import { findingOf } from './finding.ts';
import type { StoreCaseOptions } from './store-case.ts';
import { troubleCases } from './store-cases-troubles.ts';

const { signal } = new AbortController();
const roomBytes = 256 * 1024;

/** The four verbs of which a driver may be wrong one by one, and its listing. */
type Verb = 'put' | 'get' | 'stat' | 'delete' | 'list';

const fail = (code: ErrorCode): never => {
  throw new BackupError(code, `the store says ${code}`, { remedy: 'Try again.' });
};

/** A store whose every call fails with a code, but for those that are answered otherwise. */
function failing(code: ErrorCode, changes: Partial<BackupStore> = {}, before: () => void = () => {}): BackupStore {
  const refuse = async (): Promise<never> => {
    before();
    return fail(code);
  };
  return overStore(createMemoryStore(), {
    put: refuse,
    get: refuse,
    stat: refuse,
    delete: refuse,
    // eslint-disable-next-line require-yield
    list: async function* () {
      await refuse();
    },
    ...changes,
  });
}

/** A store with room for `roomBytes`; `onFull` is what it does with a put for which there is none. */
function small(
  blobs: MemoryBlobs,
  onFull: (key: string, data: Uint8Array, store: BackupStore) => Promise<void>,
): BackupStore {
  const store = createMemoryStore({ blobs });
  return overStore(store, {
    put: async (key, data, options) => {
      const used = blobs.keys().reduce((sum, other) => sum + (other === key ? 0 : blobs.peek(other)!.length), 0);
      if (used + data.length > roomBytes) await onFull(key, data, store);
      else await store.put(key, data, options);
    },
  });
}

const honest = {
  open: (blobs: MemoryBlobs): BackupStore => small(blobs, async () => fail('NO_SPACE')),
  options: (): StoreCaseOptions => {
    let attempts = 0;
    const open = async (): Promise<BackupStore> => failing('STORE_UNAVAILABLE', {}, () => void attempts++);
    return {
      signal,
      roomBytes,
      openRefused: async () => failing('ACCESS_DENIED'),
      outage: { open, attempts: () => attempts },
    };
  },
};

interface Mutant {
  readonly lie: string;
  readonly caughtBy: string;
  readonly open?: (blobs: MemoryBlobs) => BackupStore;
  readonly options?: () => StoreCaseOptions;
}

const refusedAs = (changes: Partial<BackupStore>) => (): StoreCaseOptions => ({
  signal,
  openRefused: async () => failing('ACCESS_DENIED', changes),
});

/** A store in an outage, in which a failing `verb` is tried `times`. */
const triedAgain = (verb: Verb | 'open', times: number) => (): StoreCaseOptions => {
  let attempts = 0;
  const again = async (): Promise<never> => {
    attempts += times;
    return fail('STORE_UNAVAILABLE');
  };
  const open = async (): Promise<BackupStore> =>
    verb === 'open' ? await again() : failing('STORE_UNAVAILABLE', { [verb]: again }, () => void attempts++);
  return { signal, outage: { open, attempts: () => attempts } };
};

const outageAs =
  (code: ErrorCode, changes: Partial<BackupStore> = {}) =>
  (): StoreCaseOptions => ({
    signal,
    outage: { open: async () => failing(code, changes), attempts: () => 0 },
  });

const mutants: readonly Mutant[] = [
  {
    lie: 'takes a full disk for an outage',
    caughtBy: 'full store',
    open: (blobs) => small(blobs, async () => fail('STORE_UNAVAILABLE')),
  },
  {
    lie: 'leaves as much of a blob as had room',
    caughtBy: 'full store',
    open: (blobs) =>
      small(blobs, async (key, data, store) => {
        await store.put(key, data.subarray(0, 1_000), { signal });
        fail('NO_SPACE');
      }),
  },
  {
    lie: 'removes the blob that it has no room to replace',
    caughtBy: 'full store',
    open: (blobs) =>
      small(blobs, async (key, _data, store) => {
        await store.delete(key, { signal });
        fail('NO_SPACE');
      }),
  },
  {
    lie: 'says that a blob without room was stored',
    caughtBy: 'full store',
    open: (blobs) => small(blobs, async () => {}),
  },
  {
    lie: 'stays full for good',
    caughtBy: 'full store',
    open: (blobs) => {
      let isFull = false;
      const store = small(blobs, async () => {
        isFull = true;
        fail('NO_SPACE');
      });
      return overStore(store, {
        put: (key, data, options) => (isFull ? Promise.reject(noSpace) : store.put(key, data, options)),
      });
    },
  },
  {
    lie: 'shows nothing to whom it refuses',
    caughtBy: 'a refusal is no absence',
    options: refusedAs({ list: async function* () {} }),
  },
  {
    lie: 'takes a refusal for absence',
    caughtBy: 'a refusal is no absence',
    options: refusedAs({ stat: async () => fail('BLOB_NOT_FOUND') }),
  },
  {
    lie: 'says that it deleted what it may not',
    caughtBy: 'a refusal is no absence',
    options: refusedAs({ delete: async () => {} }),
  },
  {
    lie: 'takes an outage for absence',
    caughtBy: 'an outage is no absence',
    options: outageAs('STORE_UNAVAILABLE', { get: async () => fail('BLOB_NOT_FOUND') }),
  },
  {
    lie: 'lists nothing in an outage',
    caughtBy: 'an outage is no absence',
    options: outageAs('STORE_UNAVAILABLE', { list: async function* () {} }),
  },
  {
    lie: 'takes an outage for something that no retry helps',
    caughtBy: 'an outage is no absence',
    options: outageAs('STORE_INVALID'),
  },
  { lie: 'tries a put again', caughtBy: 'one attempt a call', options: triedAgain('put', 3) },
  { lie: 'tries a get again', caughtBy: 'one attempt a call', options: triedAgain('get', 2) },
  { lie: 'tries to open again', caughtBy: 'one attempt a call', options: triedAgain('open', 2) },
];

const noSpace = new BackupError('NO_SPACE', 'the store is full', { remedy: 'Make room.' });

describe('a store in trouble', () => {
  for (const { name, run } of troubleCases) {
    test(`that is honest keeps "${name}"`, async () => {
      const { blobs } = createMemoryStore();
      await expect(run(async () => honest.open(blobs), honest.options())).resolves.toBe('kept');
    });
  }

  for (const { lie, caughtBy, open = honest.open, options = honest.options } of mutants) {
    test(`that ${lie} fails "${caughtBy}"`, async () => {
      const { blobs } = createMemoryStore();
      const { run } = troubleCases.find(({ name }) => name === caughtBy)!;
      await expect(findingOf(run(async () => open(blobs), options()))).resolves.toBe(true);
    });
  }

  test('is not tried where no test provides it', async () => {
    const open = async (): Promise<BackupStore> => createMemoryStore();
    const outcomes = await Promise.all(troubleCases.map(({ run }) => run(open, { signal })));
    expect(new Set(outcomes)).toEqual(new Set(['not tried']));
  });

  test('has a liar for every promise', () => {
    const broken = new Set(mutants.map(({ caughtBy }) => caughtBy));
    expect(troubleCases.filter(({ name }) => !broken.has(name))).toEqual([]);
  });
});
