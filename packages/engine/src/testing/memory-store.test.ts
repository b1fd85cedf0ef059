import { expect, test } from '@jest/globals';
import type { BackupStore } from '../contracts/store.ts';
import { createMemoryStore } from './memory-store.ts';
import { seededRandom } from './seeded-random.ts';

const { signal } = new AbortController();

async function keysAndSizes(store: BackupStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { key, sizeBytes } of store.list('', { signal })) found.push(`${key} ${sizeBytes}`);
  return found.toSorted();
}

test('a late listing shows others’ work as it was before, and one’s own at once', async () => {
  let now = 0;
  const writer = createMemoryStore({ now: () => now });
  const reader = createMemoryStore({ blobs: writer.blobs, listingLagMs: 10 });
  for (const key of ['kept', 'replaced', 'deleted']) await writer.put(key, new Uint8Array(1), { signal });
  now = 100;
  await writer.put('replaced', new Uint8Array(2), { signal });
  await writer.delete('deleted', { signal });
  await writer.put('new', new Uint8Array(1), { signal });
  await reader.put('own', new Uint8Array(1), { signal });
  expect(await keysAndSizes(reader)).toEqual(['deleted 1', 'kept 1', 'own 1', 'replaced 1']);
  now = 110;
  expect(await keysAndSizes(reader)).toEqual(['kept 1', 'new 1', 'own 1', 'replaced 2']);
});

test('a power cut spares what was synced, and empties or takes what was not', async () => {
  const durable = createMemoryStore();
  const careless = createMemoryStore({ blobs: durable.blobs, synced: false });
  for (let i = 0; i < 20; i++) {
    await durable.put(`durable-${i}`, new Uint8Array(1), { signal });
    await careless.put(`careless-${i}`, new Uint8Array(1), { signal });
  }
  durable.blobs.cutPower(seededRandom(1));
  const left = await keysAndSizes(durable);
  expect(left.filter((line) => line.startsWith('durable') && line.endsWith(' 1'))).toHaveLength(20);
  const careful = left.filter((line) => line.startsWith('careless'));
  expect(careful.length).toBeLessThan(20);
  expect(careful.every((line) => line.endsWith(' 0'))).toBe(true);
});

test('a store that states no conditional put refuses one', async () => {
  const store = createMemoryStore({ capabilities: { conditionalPut: false } });
  await expect(store.put('key', new Uint8Array(1), { signal, ifAbsent: true })).rejects.toMatchObject({
    code: 'INTERNAL',
  });
});
