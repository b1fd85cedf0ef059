import { describe, expect, test } from '@jest/globals';
import type { BackupStore } from '../contracts/store.ts';
import { BackupError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { createVirtualClock } from '../testing/virtual-clock.ts';
import { overStore } from './over-store.ts';
import { withRetry } from './with-retry.ts';

const { signal } = new AbortController();
const bytes = new Uint8Array([1, 2, 3]);

/** A store whose first `failures` calls fail with `code`, before or after they took effect. */
function failing(failures: number, code: ErrorCode, when: 'before' | 'after' = 'before') {
  const memory = createMemoryStore();
  let calls = 0;
  const flaky = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    const fails = ++calls <= failures;
    if (fails && when === 'before') throw new BackupError(code, `call ${calls}`, { remedy: 'Wait.' });
    const result = await call();
    if (fails) throw new BackupError(code, `call ${calls}`, { remedy: 'Wait.' });
    return result;
  };
  const store = overStore(memory, {
    put: (...args) => flaky(() => memory.put(...args)),
    get: (...args) => flaky(() => memory.get(...args)),
    stat: (...args) => flaky(() => memory.stat(...args)),
    delete: (...args) => flaky(() => memory.delete(...args)),
    list: async function* (...args) {
      const fails = ++calls <= failures;
      let yielded = 0;
      for await (const info of memory.list(...args)) {
        if (fails && yielded++ === 2) throw new BackupError(code, 'midway', { remedy: 'Wait.' });
        yield info;
      }
    },
  });
  return { store, memory, calls: () => calls };
}

function retried(store: BackupStore, changes: Partial<Parameters<typeof withRetry>[1]> = {}) {
  const warnings: string[] = [];
  const logger = { debug: () => {}, info: () => {}, warn: (message: string) => warnings.push(message) };
  const clock = createVirtualClock();
  const options = { attempts: 3, baseMs: 100, capMs: 1_000, clock, random: () => 0.5, logger, ...changes };
  return { store: withRetry(store, options), warnings, clock };
}

describe('calls that may succeed later', () => {
  test('every verb is tried again, with one line in the log for each time', async () => {
    for (const verb of ['put', 'get', 'stat', 'delete'] as const) {
      const { store, memory } = failing(2, 'STORE_UNAVAILABLE');
      await memory.put('key', bytes, { signal });
      const { store: patient, warnings } = retried(store);
      if (verb === 'put') await patient.put('key', bytes, { signal });
      else await patient[verb]('key', { signal });
      expect(warnings).toHaveLength(2);
    }
  });

  test('the last failure comes out when every attempt fails', async () => {
    const { store, calls } = failing(9, 'STORE_UNAVAILABLE');
    await expect(retried(store).store.get('key', { signal })).rejects.toThrow('call 3');
    expect(calls()).toBe(3);
  });

  test.each(['BLOB_NOT_FOUND', 'ACCESS_DENIED', 'NO_SPACE'] as const)('%s is not tried again', async (code) => {
    const { store, calls } = failing(9, code);
    await expect(retried(store).store.get('key', { signal })).rejects.toMatchObject({ code });
    expect(calls()).toBe(1);
  });

  test('a bug is not tried again', async () => {
    let calls = 0;
    const store = overStore(createMemoryStore(), {
      get: async () => {
        calls++;
        throw new TypeError('undefined is not a function');
      },
    });
    await expect(retried(store).store.get('key', { signal })).rejects.toThrow(TypeError);
    expect(calls).toBe(1);
  });

  test('waits grow up to the cap, and chance shortens them', async () => {
    const waits = async (random: number): Promise<number> => {
      const { store } = failing(9, 'STORE_UNAVAILABLE');
      const { store: patient, clock } = retried(store, { attempts: 7, random: () => random });
      await expect(patient.get('key', { signal })).rejects.toThrow('call 7');
      return clock.monotonic();
    };
    expect(await waits(0.5)).toBe(0.5 * (100 + 200 + 400 + 800 + 1_000 + 1_000));
    expect(await waits(0)).toBe(0);
  });

  test('a server is left alone as long as it asks to, and not waited for when that is too long', async () => {
    const refusing = (retryAfterMs: number) =>
      overStore(createMemoryStore(), {
        get: async () => {
          throw new BackupError('STORE_UNAVAILABLE', '503', { remedy: 'Wait.', cause: { retryAfterMs } });
        },
      });
    const { store, clock } = retried(refusing(7_000));
    await expect(store.get('key', { signal })).rejects.toThrow('503');
    expect(clock.monotonic()).toBe(2 * 7_000);
    const hopeless = retried(refusing(3_600_000));
    await expect(hopeless.store.get('key', { signal })).rejects.toThrow('503');
    expect(hopeless.clock.monotonic()).toBe(0);
  });

  test('an abort ends the waiting with its reason', async () => {
    const { store, calls } = failing(9, 'STORE_UNAVAILABLE');
    const controller = new AbortController();
    const clock = createVirtualClock({ automatic: false });
    const call = retried(store, { clock }).store.get('key', { signal: controller.signal });
    await clock.advance(10);
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    expect(calls()).toBe(1);
  });
});

describe('a put on condition', () => {
  test('that took effect although it failed is taken for done', async () => {
    const { store, memory } = failing(1, 'STORE_UNAVAILABLE', 'after');
    await retried(store).store.put('key', bytes, { signal, ifAbsent: true });
    expect(memory.blobs.peek('key')).toEqual(bytes);
  });

  test('does not take another’s blob for its own', async () => {
    const { store, memory } = failing(1, 'STORE_UNAVAILABLE');
    await memory.put('key', new Uint8Array([9]), { signal });
    const put = retried(store).store.put('key', bytes, { signal, ifAbsent: true });
    await expect(put).rejects.toMatchObject({ code: 'BLOB_EXISTS' });
  });

  test('does not take equal bytes for its own when its first try meets them', async () => {
    const { store, memory } = failing(0, 'STORE_UNAVAILABLE');
    await memory.put('key', bytes, { signal });
    const put = retried(store).store.put('key', bytes, { signal, ifAbsent: true });
    await expect(put).rejects.toMatchObject({ code: 'BLOB_EXISTS' });
  });
});

describe('a listing', () => {
  const filled = async (failures: number) => {
    const { store, memory } = failing(failures, 'STORE_UNAVAILABLE');
    for (const key of ['a', 'b', 'c', 'd']) await memory.put(key, bytes, { signal });
    return retried(store).store;
  };

  test('that breaks midway is shown complete, each blob once', async () => {
    const keys: string[] = [];
    for await (const { key } of (await filled(2)).list('', { signal })) keys.push(key);
    expect(keys).toEqual(['a', 'b', 'c', 'd']);
  });

  test('that keeps breaking shows nothing and fails', async () => {
    const keys: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { key } of (await filled(9)).list('', { signal })) keys.push(key);
    };
    await expect(read()).rejects.toThrow('midway');
    expect(keys).toEqual([]);
  });
});
