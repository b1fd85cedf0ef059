import { expect, test } from '@jest/globals';
import { isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { LockType } from '../contracts/format.ts';
import type { StoreCapabilities } from '../contracts/store.ts';
import {
  createFaultyStore,
  createMemoryStore,
  createVirtualClock,
  seededRandom,
  testContext,
} from '../testing/index.ts';
import { startLock, withLock } from './lock.ts';

const clock = createVirtualClock({ automatic: false });
const lockPrefix = testContext().format.lock.prefix;

function world(capabilities: Partial<StoreCapabilities> = { consistentListing: true }) {
  const store = createMemoryStore({ now: () => clock.now(), capabilities });
  let seed = 0;
  const context = (overrides: Partial<OperationContext> = {}) =>
    testContext({ clock, randomBytes: (length) => seededRandom(++seed).bytes(length), ...overrides });
  const lockFiles = () => store.blobs.keys().filter((key) => key.startsWith(lockPrefix));
  const plant = async (name: string, type: LockType, acquired: boolean) => {
    const { format, signal } = context();
    await store.put(format.lock.key(name), format.lock.encode({ name, type, acquired }), { signal });
  };
  return { store, context, lockFiles, plant };
}

const settle = async <Value>(promise: Promise<Value>, ms = 10_000): Promise<Value | { code: string }> => {
  const outcome = promise.catch((error: unknown) => {
    if (!isBackupError(error)) throw error;
    return { code: error.code };
  });
  await clock.advance(ms);
  return await outcome;
};

test('locks of one type do not exclude each other; each removes its own file', async () => {
  const { store, context, lockFiles } = world();
  const [a, b] = [startLock(store, 'backup', context()), startLock(store, 'backup', context())];
  await settle(Promise.all([a.acquired, b.acquired]));
  expect(lockFiles()).toHaveLength(2);
  await Promise.all([a.release(), b.release()]);
  expect(lockFiles()).toEqual([]);
});

test.each([
  ['backup', 'deletion'],
  ['deletion', 'backup'],
] as const)('a live lock for %s refuses one for %s, and the refused one leaves nothing', async (held, asked) => {
  const { store, context, plant, lockFiles } = world();
  await plant('lock-0000000000000001', held, true);
  await clock.advance(1000);
  expect(await settle(withLock(store, asked, context(), async () => 'in'))).toEqual({ code: 'STORE_LOCKED' });
  expect(lockFiles()).toHaveLength(1);
});

test("a lock is dead 150 s after its last refresh by the store's clock, whatever this machine's clock says", async () => {
  const { store, context, plant } = world();
  await plant('lock-0000000000000001', 'deletion', true);
  await clock.advance(149_000);
  const wrong = { ...clock.skewed(3600_000) };
  expect(
    await settle(
      withLock(store, 'backup', context({ clock: wrong }), async () => 'in'),
      0,
    ),
  ).toEqual({ code: 'STORE_LOCKED' });
  await clock.advance(2000);
  expect(await settle(withLock(store, 'backup', context({ clock: clock.skewed(-3600_000) }), async () => 'in'))).toBe(
    'in',
  );
});

test('a lock whose process is known to be gone from this machine is not waited for, and is removed', async () => {
  const { store, context, plant, lockFiles } = world();
  await plant('lock-0000000000000001', 'deletion', true);
  const memory = {
    isProven: () => false,
    rememberProven: async () => {},
    rememberLock: async () => {},
    forgetLock: async () => {},
    isAbandoned: async (name: string) => name === 'lock-0000000000000001',
  };
  expect(await settle(withLock(store, 'backup', context({ memory }), async () => 'in'))).toBe('in');
  expect(lockFiles()).toEqual([]);
});

test('a listing of locks that fails is a failure, never "no locks"', async () => {
  const { store, context, lockFiles } = world();
  const faulty = createFaultyStore(store, {
    random: seededRandom(1),
    clock,
    errorBefore: 1,
    strikes: (verb) => verb === 'list',
  });
  expect(await settle(withLock(faulty, 'deletion', context(), async () => 'in'))).toEqual({
    code: 'STORE_UNAVAILABLE',
  });
  expect(lockFiles()).toEqual([]);
});

test('a file that is no lock record counts against everybody until it expires', async () => {
  const { store, context } = world();
  const { format, signal } = context();
  await store.put(format.lock.key('lock-0000000000000001'), Buffer.from('?'), { signal });
  expect(await settle(withLock(store, 'backup', context(), async () => 'in'))).toEqual({ code: 'STORE_LOCKED' });
  await clock.advance(151_000);
  expect(await settle(withLock(store, 'backup', context(), async () => 'in'))).toBe('in');
});

test('only a shared lock on a store with consistent listings skips the wait', async () => {
  const waitOf = async (type: LockType, consistentListing: boolean) => {
    const { store, context } = world({ consistentListing });
    const begun = clock.monotonic();
    let waited = -1;
    await settle(withLock(store, type, context(), async () => void (waited = clock.monotonic() - begun)));
    return waited;
  };
  expect(await waitOf('backup', true)).toBe(0);
  expect(await waitOf('backup', false)).toBe(2000);
  expect(await waitOf('deletion', true)).toBe(2000);
});

test('a shared lock that needed longer than a second to be acquired goes through the wait after all', async () => {
  const { store, context } = world();
  const slow = createFaultyStore(store, { random: { ...seededRandom(1), next: () => 1 }, clock, latencyMsMax: 400 });
  const begun = clock.monotonic();
  let waited = 0;
  await settle(
    withLock(slow, 'backup', context(), async () => void (waited = clock.monotonic() - begun)),
    20_000,
  );
  expect(waited).toBeGreaterThan(2000 + 1600);
});

test('a deletion that announces itself at any moment beside a quick backup never holds together with it', async () => {
  for (let delay = 0; delay <= 2200; delay += 50) {
    const { store, context } = world();
    let [inside, together] = [0, false];
    const stay = (lockClock: OperationContext['clock']) => async () => {
      together ||= ++inside > 1;
      await lockClock.sleep(3000, context());
      inside--;
    };
    const slow = createFaultyStore(store, { random: seededRandom(delay), clock, latencyMsMax: 300 });
    const backup = withLock(slow, 'backup', context(), stay(clock)).catch(() => {});
    const deletion = clock
      .sleep(delay, context())
      .then(() => withLock(store, 'deletion', context(), stay(clock)))
      .catch(() => {});
    await clock.advance(30_000);
    await Promise.all([backup, deletion]);
    expect({ delay, together }).toEqual({ delay, together: false });
  }
});

test('a lock that somebody removed is noticed at the next confirmation and at the next refresh', async () => {
  for (const notice of ['confirm', 'refresh'] as const) {
    const { store, context, lockFiles } = world();
    const outcome = withLock(store, 'backup', context(), async (locked, lock) => {
      await store.delete(lockFiles()[0]!, context());
      if (notice === 'confirm') await lock.confirm();
      await locked.clock.sleep(61_000, locked);
      return 'went on';
    });
    expect(await settle(outcome, 100_000)).toEqual({ code: 'LOCK_LOST' });
  }
});

test('a run that slept longer than its lock lives may not go on, though its file still stands', async () => {
  const { store, context } = world();
  let asleep = false;
  const stopped = { ...clock, now: () => clock.now() + (asleep ? 140_000 : 0) };
  const outcome = withLock(store, 'backup', context({ clock: stopped }), async (_locked, lock) => {
    asleep = true; // the monotonic clock stood still meanwhile, as Linux's does
    await lock.confirm();
    return 'went on';
  });
  expect(await settle(outcome)).toEqual({ code: 'LOCK_LOST' });
});

test('a lock is refreshed every minute, so that nobody takes it for dead during a long run', async () => {
  const { store, context } = world();
  const outcome = withLock(store, 'backup', context(), async (locked, lock) => {
    await locked.clock.sleep(3600_000, locked);
    await lock.confirm();
    return await withLock(store, 'deletion', context(), async () => 'in').catch(
      (error: { code: string }) => error.code,
    );
  });
  expect(await settle(outcome, 4000_000)).toBe('STORE_LOCKED');
});
