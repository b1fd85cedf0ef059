import assert from 'node:assert/strict';
import type { BackupStore } from '../contracts/store.ts';
import { isBackupError } from '../errors.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { assertBytes, assertRejects, describeError, storeCase, together } from './store-case.ts';
import type { StoreCase } from './store-case.ts';

const contenders = 8;
const rounds = 20;
/** Each is seven calls, one after the other. */
const handovers = 10;

/** A value that shows by itself whether it is whole: as many bytes as its number says, all the same. */
function valueOf(number: number): Uint8Array {
  return new Uint8Array(150_000 + number * 1_000).fill(number + 1);
}

function assertWhole(value: Uint8Array, what: string): void {
  const number = value.length === 0 ? -1 : value[0]! - 1;
  assert.ok(number >= 0 && number < 64, `${what}: ${value.length} bytes that nobody put`);
  assertBytes(value, valueOf(number), what);
}

/** What several callers and processes do to each other. */
export const raceCases: readonly StoreCase[] = [
  storeCase(
    'another instance sees it',
    'What one instance has put, another gets: it is stored, not remembered.',
    async ({ store, open, key, options: { signal } }) => {
      await store.put(key('blob'), valueOf(1), { signal });
      await using other = await open();
      assertBytes(await other.get(key('blob'), { signal }), valueOf(1), 'get by the other');
      assert.equal((await other.stat(key('blob'), { signal })).sizeBytes, valueOf(1).length);
      await other.put(key('blob'), valueOf(2), { signal });
      assertBytes(await store.get(key('blob'), { signal }), valueOf(2), 'get of what the other put');
      await other.delete(key('blob'), { signal });
      await assertRejects(store.get(key('blob'), { signal }), 'BLOB_NOT_FOUND', 'get of what the other deleted');
    },
  ),
  storeCase(
    'atomic put',
    'Whoever reads while a blob is replaced gets the old or the new one whole, and a listing shows nothing half-made.',
    async ({ store, open, key, listed, options: { signal } }) => {
      await using reader = await open();
      await store.put(key('blob'), valueOf(0), { signal });
      let writing = true;
      const write = async (): Promise<void> => {
        try {
          for (let round = 1; round <= rounds; round++) await store.put(key('blob'), valueOf(round), { signal });
        } finally {
          writing = false;
        }
      };
      const read = async (): Promise<void> => {
        while (writing) {
          assertWhole(await reader.get(key('blob'), { signal }), 'get while it is replaced');
          const { sizeBytes } = await reader.stat(key('blob'), { signal });
          assert.ok(sizeBytes % 1_000 === 0 && sizeBytes >= 150_000, `stat while it is replaced: ${sizeBytes} bytes`);
          const keys = [...(await listed('', reader)).keys()];
          assert.deepEqual(keys, [key('blob')], 'list while it is replaced');
        }
      };
      await together(write(), read());
      assertBytes(await reader.get(key('blob'), { signal }), valueOf(rounds), 'get after the last put');
    },
  ),
  storeCase(
    'concurrent puts',
    'Of several puts of one key at once, all resolve and one stands whole.',
    async ({ store, open, key, options: { signal } }) => {
      await using other = await open();
      const puts = Array.from({ length: contenders }, (_, number) =>
        (number % 2 === 0 ? store : other).put(key('blob'), valueOf(number), { signal }),
      );
      for (const result of await Promise.allSettled(puts)) {
        if (result.status === 'rejected') assert.fail(`a put fails: ${describeError(result.reason)}`);
      }
      assertWhole(await store.get(key('blob'), { signal }), 'the blob that stands');
    },
  ),
  storeCase(
    'calls side by side',
    'Calls for different keys at the same time do not mix up their bytes.',
    async ({ store, key, options: { signal } }) => {
      const count = Math.min(16, store.capabilities.concurrencyMax);
      const blobs = Array.from({ length: count }, (_, index) => seededRandom(index).bytes(20_000 + index));
      await Promise.all(blobs.map((data, index) => store.put(key(`blob-${index}`), data, { signal })));
      const got = await Promise.all(blobs.map((_, index) => store.get(key(`blob-${index}`), { signal })));
      for (const [index, data] of got.entries()) assertBytes(data, blobs[index]!, `get ${index}`);
    },
  ),
  storeCase(
    'conditional put',
    'Of several puts on condition at once exactly one wins, the others are BLOB_EXISTS, and its bytes stand.',
    async ({ store, open, key, options: { signal } }) => {
      await using other = await open();
      for (let round = 0; round < 5; round++) {
        const name = key(`blob-${round}`);
        const results = await Promise.allSettled(
          Array.from({ length: contenders }, (_, number) =>
            (number % 2 === 0 ? store : other).put(name, valueOf(number), { signal, ifAbsent: true }),
          ),
        );
        const winners = results.flatMap(({ status }, number) => (status === 'fulfilled' ? [number] : []));
        for (const result of results) {
          const lost = result.status === 'rejected' && isBackupError(result.reason, 'BLOB_EXISTS');
          if (result.status === 'rejected')
            assert.ok(lost, `a loser must be BLOB_EXISTS: ${describeError(result.reason)}`);
        }
        assert.equal(winners.length, 1, `${winners.length} of ${contenders} puts on condition won`);
        assertBytes(await store.get(name, { signal }), valueOf(winners[0]!), 'the blob that stands');
      }
      const again = store.put(key('blob-0'), valueOf(9), { signal, ifAbsent: true });
      await assertRejects(again, 'BLOB_EXISTS', 'a put on condition where a blob is');
      await store.delete(key('blob-0'), { signal });
      await store.put(key('blob-0'), valueOf(9), { signal, ifAbsent: true });
      assertBytes(await store.get(key('blob-0'), { signal }), valueOf(9), 'a put on condition after a delete');
    },
    'conditionalPut',
  ),
  storeCase(
    'consistent listing',
    'A listing that starts after a put or a delete resolved shows it, in whatever process.',
    async ({ store, open, key, listed, options: { signal } }) => {
      await using other = await open();
      for (let round = 0; round < handovers; round++) {
        const [writer, reader]: [BackupStore, BackupStore] = round % 2 === 0 ? [store, other] : [other, store];
        const name = key(`${round % 3}/blob-${round}`);
        assert.ok(!(await listed('', reader)).has(name));
        await writer.put(name, new Uint8Array(1), { signal });
        assert.equal((await listed('', reader)).get(name)?.sizeBytes, 1, 'put by one, listed by the other');
        await writer.put(name, new Uint8Array(2), { signal });
        assert.equal((await listed('', reader)).get(name)?.sizeBytes, 2, 'replaced by one, listed by the other');
        await writer.delete(name, { signal });
        assert.ok(!(await listed('', reader)).has(name), 'deleted by one, still listed by the other');
      }
    },
    'consistentListing',
  ),
];
