import { describe, expect, test } from '@jest/globals';
import { watchStore } from '../conformance/watched-store.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { createVirtualClock } from '../testing/virtual-clock.ts';
import { overStore } from './over-store.ts';
import { withLimit } from './with-limit.ts';

const { signal } = new AbortController();
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('calls at once', () => {
  test.each([
    [3, 64],
    [64, 3],
  ])('are at most %d, of which the store takes %d', async (concurrency, concurrencyMax) => {
    const store = watchStore(createMemoryStore({ capabilities: { concurrencyMax } }), later);
    const limited = withLimit(store, { concurrency, clock: createVirtualClock() });
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    await Promise.all(keys.map((key) => limited.put(key, new Uint8Array(1), { signal })));
    expect(store.counts.underWayMax).toBe(3);
    expect(store.puts.toSorted()).toEqual(keys.toSorted());
  });

  test('of which one waits in line end with the reason of its abort, and the line moves on', async () => {
    const store = watchStore(createMemoryStore(), later);
    const limited = withLimit(store, { concurrency: 1, clock: createVirtualClock() });
    const controller = new AbortController();
    const first = limited.put('first', new Uint8Array(1), { signal });
    const second = limited.put('second', new Uint8Array(1), { signal: controller.signal });
    const third = limited.put('third', new Uint8Array(1), { signal });
    controller.abort('enough');
    await expect(second).rejects.toBe('enough');
    await Promise.all([first, third]);
    expect(store.puts).toEqual(['first', 'third']);
  });

  test('leave room for reading a blob while it is listed', async () => {
    const store = createMemoryStore();
    for (const key of ['a', 'b']) await store.put(key, new Uint8Array(1), { signal });
    const limited = withLimit(store, { concurrency: 1, clock: createVirtualClock() });
    const sizes: number[] = [];
    for await (const { key } of limited.list('', { signal })) sizes.push((await limited.get(key, { signal })).length);
    expect(sizes).toEqual([1, 1]);
  });

  test('give their place back when they fail', async () => {
    const limited = withLimit(createMemoryStore(), { concurrency: 1, clock: createVirtualClock() });
    for (let i = 0; i < 3; i++) await expect(limited.get('absent', { signal })).rejects.toThrow();
    await limited.put('key', new Uint8Array(1), { signal });
  });
});

describe('bytes per second', () => {
  test.each(['put', 'get'] as const)('hold %s to the pace it was given, and not the other', async (verb) => {
    const clock = createVirtualClock();
    const rate = verb === 'put' ? { uploadBytesPerSecond: 1_000 } : { downloadBytesPerSecond: 1_000 };
    const limited = withLimit(createMemoryStore(), { concurrency: 4, clock, ...rate });
    const call = (): Promise<unknown> =>
      verb === 'put' ? limited.put('key', new Uint8Array(500), { signal }) : limited.get('key', { signal });
    await limited.put('key', new Uint8Array(500), { signal });
    const begunAt = clock.monotonic();
    await Promise.all(Array.from({ length: 10 }, call));
    // The first goes at once unless something was paid before; ten calls of 500 bytes take about 5 seconds.
    expect(clock.monotonic() - begunAt).toBeGreaterThanOrEqual(4_500);
    expect(clock.monotonic() - begunAt).toBeLessThanOrEqual(5_000);
  });

  test('hide the directory, which workers would write at full speed', () => {
    const store = overStore(createMemoryStore(), { directory: { path: '/store', writable: true } });
    const clock = createVirtualClock();
    expect(withLimit(store, { concurrency: 4, clock }).directory).toEqual({ path: '/store', writable: true });
    expect(withLimit(store, { concurrency: 4, clock, uploadBytesPerSecond: 1 }).directory).toBeUndefined();
  });
});
