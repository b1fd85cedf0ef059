import { describe, expect, test } from '@jest/globals';
import { overStore } from '../store/over-store.ts';
import { withPrefix } from '../store/with-prefix.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { findingOf } from './finding.ts';
import { storeCases } from './store-cases.ts';

const { signal } = new AbortController();

describe('a memory store keeps every promise', () => {
  const { blobs } = createMemoryStore();
  for (const { name, run } of storeCases) test(name, () => run(async () => createMemoryStore({ blobs }), { signal }));
});

describe('a store under a prefix keeps every promise', () => {
  const { blobs } = createMemoryStore();
  const open = async () => withPrefix(createMemoryStore({ blobs }), 'check/1/');
  const keyLengthMax = 255 - 'check/1/'.length;
  for (const { name, run } of storeCases) test(name, () => run(open, { signal, keyLengthMax, listCount: 20 }));
});

test('a listing that ends after 10,000 blobs is found where the test asks for one more', async () => {
  const { run } = storeCases.find(({ name }) => name === 'list is complete')!;
  const { blobs } = createMemoryStore();
  const open = async () => {
    const store = createMemoryStore({ blobs });
    return overStore(store, {
      list: async function* (prefix, options) {
        let count = 0;
        for await (const info of store.list(prefix, options)) if (count++ < 10_000) yield info;
      },
    });
  };
  await expect(run(open, { signal })).resolves.toBe('kept');
  await expect(findingOf(run(open, { signal, listCount: 10_001 }))).resolves.toBe(true);
});
