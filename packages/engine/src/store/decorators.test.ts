import { describe, expect, test } from '@jest/globals';
import { storeCases } from '../conformance/store-cases.ts';
import type { BackupStore } from '../contracts/store.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { createVirtualClock } from '../testing/virtual-clock.ts';
import { overStore } from './over-store.ts';
import { withLimit } from './with-limit.ts';
import { withLog } from './with-log.ts';
import { withPrefix } from './with-prefix.ts';
import { withReadOnly } from './with-read-only.ts';
import { withRetry } from './with-retry.ts';

const { signal } = new AbortController();
const directory = { path: '/store', writable: true };

function recordingLogger() {
  const lines: unknown[] = [];
  const note = (message: string, values?: unknown): void => void lines.push([message, values]);
  return { lines, debug: note, info: note, warn: note };
}

/** As the assembly wraps every store. */
function dressed(store: BackupStore): BackupStore {
  const clock = createVirtualClock();
  const logger = recordingLogger();
  const retry = { attempts: 3, baseMs: 1, capMs: 10, clock, random: () => 0, logger };
  return withLog(withRetry(withLimit(store, { concurrency: 4, clock }), retry), logger);
}

describe('a store in all its wrappings keeps every promise', () => {
  const { blobs } = createMemoryStore();
  for (const { name, run } of storeCases)
    test(name, () => run(async () => dressed(createMemoryStore({ blobs })), { signal }));
});

describe('read-only', () => {
  test('refuses to put and to delete, and workers too', async () => {
    const memory = createMemoryStore();
    await memory.put('key', new Uint8Array(1), { signal });
    const store = withReadOnly(overStore(memory, { directory }));
    const refusal = { code: 'STORE_READ_ONLY' };
    await expect(store.put('key', new Uint8Array(2), { signal })).rejects.toMatchObject(refusal);
    await expect(store.delete('key', { signal })).rejects.toMatchObject(refusal);
    expect(store.directory).toEqual({ path: '/store', writable: false });
    expect(await store.get('key', { signal })).toHaveLength(1);
  });
});

describe('a log', () => {
  test('has one line a call with its outcome, and none of the bytes', async () => {
    const logger = recordingLogger();
    const store = withLog(createMemoryStore(), logger);
    await store.put('key', new Uint8Array(3), { signal });
    await expect(store.get('absent', { signal })).rejects.toThrow();
    for await (const _info of store.list('', { signal }));
    await store.delete('key', { signal });
    expect(logger.lines).toEqual([
      ['put "key"', { sizeBytes: 3 }],
      ['get "absent" failed', { code: 'BLOB_NOT_FOUND' }],
      ['list ""', { count: 1 }],
      ['delete "key"', { sizeBytes: undefined }],
    ]);
  });
});

describe('a prefix', () => {
  test('keeps what is outside it out of sight and out of reach', async () => {
    const whole = createMemoryStore();
    for (const key of ['a/key', 'ab', 'b/key']) await whole.put(key, new Uint8Array(1), { signal });
    const part = withPrefix(overStore(whole, { directory }), 'a/');
    const keys: string[] = [];
    for await (const { key } of part.list('', { signal })) keys.push(key);
    expect(keys).toEqual(['key']);
    await expect(part.get('../b/key', { signal })).rejects.toMatchObject({ code: 'USAGE_INVALID' });
    await part.delete('key', { signal });
    expect(whole.blobs.keys()).toEqual(['ab', 'b/key']);
    expect(part.location).toBe('memory:///a/');
    expect(part.directory?.path).toBe('/store/a');
  });

  test('ends in a slash', () => {
    expect(() => withPrefix(createMemoryStore(), 'a')).toThrow(RangeError);
    expect(() => withPrefix(createMemoryStore(), '../')).toThrow(/relatively/);
  });
});
