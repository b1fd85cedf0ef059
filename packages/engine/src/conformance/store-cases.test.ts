import { describe, test } from '@jest/globals';
import { withPrefix } from '../store/with-prefix.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
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
