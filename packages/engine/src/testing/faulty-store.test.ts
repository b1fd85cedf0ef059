import { expect, test } from '@jest/globals';
import { createFaultyStore } from './faulty-store.ts';
import type { FaultPlan } from './faulty-store.ts';
import { createMemoryStore } from './memory-store.ts';
import { seededRandom } from './seeded-random.ts';
import { createVirtualClock } from './virtual-clock.ts';

const { signal } = new AbortController();
const bytes = new Uint8Array(100);

function faulty(plan: Partial<FaultPlan>, seed = 1) {
  const memory = createMemoryStore();
  const clock = createVirtualClock();
  return { memory, clock, store: createFaultyStore(memory, { random: seededRandom(seed), clock, ...plan }) };
}

/** Nobody who waits for the dead hears of them: this is who is still unheard of after a while. */
const silence = (call: Promise<unknown>): Promise<unknown> =>
  Promise.race([call, new Promise((resolve) => setImmediate(() => resolve('silence')))]);

test('an error before the effect leaves none, one after it does', async () => {
  const before = faulty({ errorBefore: 1 });
  await expect(before.store.put('key', bytes, { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(before.memory.blobs.keys()).toEqual([]);
  const after = faulty({ errorAfter: 1 });
  await expect(after.store.put('key', bytes, { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(after.memory.blobs.keys()).toEqual(['key']);
});

test('faults strike only where they should', async () => {
  const { store, memory } = faulty({ errorBefore: 1, strikes: (verb) => verb === 'get' });
  await store.put('key', bytes, { signal });
  await expect(store.get('key', { signal })).rejects.toThrow();
  expect(memory.blobs.keys()).toEqual(['key']);
  expect(store.counts).toEqual({ calls: 2, faults: 1 });
});

test('a truncated get is shorter than the blob', async () => {
  const { store } = faulty({ truncatedGet: 1 });
  await store.put('key', bytes, { signal });
  expect((await store.get('key', { signal })).length).toBeLessThan(bytes.length);
});

test('calls overtake each other by the seed, and the same seed repeats it', async () => {
  const order = async (seed: number): Promise<number[]> => {
    const { store } = faulty({ latencyMsMax: 100 }, seed);
    const done: number[] = [];
    await Promise.all([1, 2, 3, 4, 5].map((n) => store.put(`${n}`, bytes, { signal }).then(() => done.push(n))));
    return done;
  };
  expect(await order(1)).toEqual(await order(1));
  expect(await order(1)).not.toEqual([1, 2, 3, 4, 5]);
  expect(await order(2)).not.toEqual(await order(1));
});

test('after a kill nothing takes effect and nothing answers, not even what was on its way', async () => {
  const { store, memory } = faulty({ latencyMsMax: 100 });
  const put = store.put('key', bytes, { signal });
  store.kill();
  expect(await silence(put)).toBe('silence');
  expect(await silence(store.get('key', { signal }))).toBe('silence');
  expect(memory.blobs.keys()).toEqual([]);
  await store.killed;
});

test('a planned death comes with its call, before or after the effect', async () => {
  const outcomes = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const { store, memory } = faulty({ killAtCall: 2 }, seed);
    await store.put('first', bytes, { signal });
    expect(await silence(store.put('second', bytes, { signal }))).toBe('silence');
    await store.killed;
    outcomes.add(memory.blobs.keys().length);
  }
  expect([...outcomes].toSorted()).toEqual([1, 2]);
});
