import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobSizeBytesMax } from '../contracts/store.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { assertBytes, assertRejects, storeCase } from './store-case.ts';
import type { StoreCase } from './store-case.ts';

/** What is put is what is got, whole or in part. */
export const byteCases: readonly StoreCase[] = [
  storeCase(
    'describes itself',
    'The location is a URL for people that ends in a slash, and at least one call may run at once.',
    async ({ store }) => {
      assert.match(store.location, /^[a-z][a-z0-9+.-]*:.*\/$/, `location "${store.location}"`);
      assert.doesNotMatch(store.location, /\/\/[^/@]*:[^/@]*@/, 'the location holds a password');
      assert.ok(Number.isInteger(store.capabilities.concurrencyMax) && store.capabilities.concurrencyMax >= 1);
    },
  ),
  storeCase(
    'read after write',
    'Once a put has resolved, get, stat and list show it, of whatever size.',
    async ({ store, key, listed, options: { signal } }) => {
      for (const sizeBytes of [1, 65_537, 2 * 1024 * 1024, 5 * 1024 * 1024 + 1]) {
        const data = seededRandom(sizeBytes).bytes(sizeBytes);
        const name = key(`blob-${sizeBytes}`);
        await store.put(name, data, { signal });
        assertBytes(await store.get(name, { signal }), data, `get of ${sizeBytes} bytes`);
        const info = await store.stat(name, { signal });
        assert.equal(info.sizeBytes, sizeBytes, 'stat: size');
        assert.equal(info.key, name, 'stat: key');
        assert.equal((await listed()).get(name)?.sizeBytes, sizeBytes, 'list: size');
      }
    },
  ),
  storeCase(
    'largest blob',
    'A blob of 64 MiB is stored and got: the config of a large image is as large, and is written last.',
    async ({ store, key, options: { signal } }) => {
      const data = new Uint8Array(blobSizeBytesMax);
      const piece = seededRandom(1).bytes(64 * 1024);
      for (let offset = 0; offset < data.length; offset += piece.length) {
        piece[0] = offset / piece.length; // or a piece at the wrong place would not show
        data.set(piece, offset);
      }
      await store.put(key('blob'), data, { signal });
      assertBytes(await store.get(key('blob'), { signal }), data, 'get of 64 MiB');
      assert.equal((await store.stat(key('blob'), { signal })).sizeBytes, data.length, 'stat: size');
    },
  ),
  storeCase(
    'empty blob',
    'A blob of 0 bytes is there, and is not taken for an absent one.',
    async ({ store, key, listed, options: { signal } }) => {
      await store.put(key('empty'), new Uint8Array(0), { signal });
      assert.equal((await store.get(key('empty'), { signal })).length, 0);
      assert.equal((await store.stat(key('empty'), { signal })).sizeBytes, 0);
      assert.equal((await listed()).get(key('empty'))?.sizeBytes, 0);
      const range = { offset: 0, length: 1 };
      await assertRejects(store.get(key('empty'), { signal, range }), 'RANGE_INVALID', 'a byte of an empty blob');
    },
  ),
  storeCase(
    'overwrite',
    'A put replaces what is there entirely, by more bytes or by fewer.',
    async ({ store, key, listed, options: { signal } }) => {
      for (const sizeBytes of [5_000, 100, 70_000, 0, 1]) {
        const data = seededRandom(sizeBytes + 1).bytes(sizeBytes);
        await store.put(key('blob'), data, { signal });
        assertBytes(await store.get(key('blob'), { signal }), data, `get after a put of ${sizeBytes} bytes`);
        assert.equal((await listed()).get(key('blob'))?.sizeBytes, sizeBytes, 'list: size');
      }
    },
  ),
  storeCase(
    'ranges',
    'A range inside a blob gives exactly its bytes; one that reaches outside is RANGE_INVALID, never cut short.',
    async ({ store, key, options: { signal } }) => {
      const large = seededRandom(2).bytes(3 * 1024 * 1024);
      await store.put(key('large'), large, { signal });
      const middle = { offset: 1_000_003, length: 1_500_001 };
      const got = await store.get(key('large'), { signal, range: middle });
      assertBytes(got, large.subarray(middle.offset, middle.offset + middle.length), 'a range of 1.5 MB');

      const data = seededRandom(3).bytes(10_000);
      await store.put(key('blob'), data, { signal });
      for (const [offset, length] of [
        [0, 1],
        [0, 10_000],
        [9_999, 1],
        [4_095, 4_098],
        [1, 9_999],
      ] as const) {
        const part = await store.get(key('blob'), { signal, range: { offset, length } });
        assertBytes(part, data.subarray(offset, offset + length), `range ${offset}+${length}`);
      }
      for (const [offset, length] of [
        [0, 10_001],
        [9_999, 2],
        [10_000, 1],
        [20_000, 1],
        [-1, 2],
      ] as const) {
        const call = store.get(key('blob'), { signal, range: { offset, length } });
        await assertRejects(call, 'RANGE_INVALID', `range ${offset}+${length} of 10,000 bytes`);
      }
      const range = { offset: 0, length: 1 };
      await assertRejects(store.get(key('absent'), { signal, range }), 'BLOB_NOT_FOUND', 'a range of an absent blob');
    },
  ),
  storeCase(
    'buffers are the caller’s',
    'The bytes given to a put and those got may be changed afterwards without changing the blob.',
    async ({ store, key, options: { signal } }) => {
      const data = seededRandom(4).bytes(100_000);
      const given = Uint8Array.from(data);
      await store.put(key('blob'), given, { signal });
      given.fill(0);
      const got = await store.get(key('blob'), { signal });
      assertBytes(got, data, 'get after the given buffer was reused');
      got.fill(0);
      assertBytes(await store.get(key('blob'), { signal }), data, 'get after the buffer got was reused');
    },
  ),
  storeCase(
    'a part of a larger buffer',
    'A put stores exactly the bytes of its view, not those of the memory around it.',
    async ({ store, key, options: { signal } }) => {
      const memory = seededRandom(5).bytes(5_000);
      const view = memory.subarray(1_000, 2_001);
      await store.put(key('blob'), view, { signal });
      assertBytes(await store.get(key('blob'), { signal }), view, 'get');
    },
  ),
  storeCase(
    'times',
    'The time of a blob is the store’s own, moves forward with each put, and list and stat agree on it.',
    async ({ store, key, listed, options: { signal } }) => {
      let before = 0;
      for (const name of ['first', 'second', 'first']) {
        await store.put(key(name), new Uint8Array(1), { signal });
        const modifiedAt = (await store.stat(key(name), { signal })).modifiedAt.getTime();
        assert.ok(Number.isFinite(modifiedAt), 'modifiedAt is no time');
        assert.ok(modifiedAt >= before, `put later, but modified ${before - modifiedAt} ms earlier`);
        before = modifiedAt;
        // Object stores show whole seconds in one answer and milliseconds in the other.
        const byList = (await listed()).get(key(name))!.modifiedAt.getTime();
        assert.ok(Math.abs(byList - modifiedAt) <= 1_000, `list and stat are ${byList - modifiedAt} ms apart`);
      }
    },
  ),
  storeCase(
    'files of a directory',
    'Where a store says that it is a directory, a blob’s file is the blob.',
    async ({ store, key, options: { signal } }) => {
      const data = seededRandom(6).bytes(1_000);
      await store.put(key('deep/blob'), data, { signal });
      assertBytes(await readFile(join(store.directory!.path, key('deep/blob'))), data, 'the file');
    },
    'directory',
  ),
];
