import assert from 'node:assert/strict';
import { mapConcurrently } from '../operations/map-concurrently.ts';
import type { BackupStore, CallOptions } from '../contracts/store.ts';
import { isBackupError } from '../errors.ts';
import { assertBytes, assertRejects, describeError, failureOf, storeCase, together } from './store-case.ts';
import type { StoreCase } from './store-case.ts';

const listCountDefault = 1_001;
const keyLengthMaxDefault = 255;
/** More than one answer of a server that lists a folder piece by piece holds. */
const changedCount = 300;

const badKeys = [
  ['', 'empty'],
  ['/absolute', 'an empty part'],
  ['folder/', 'an empty part'],
  ['a//b', 'an empty part'],
  ['../outside', 'a part ".."'],
  ['a/../../outside', 'a part ".."'],
  ['a b', 'a blank'],
  ['a\\b', 'a backslash'],
  ['a\u0000b', 'a zero byte'],
  ['a\nb', 'a line end'],
  ['a%2fb', 'a percent sign'],
  ['ä', 'a letter outside ASCII'],
  ['x'.repeat(256), '256 bytes'],
] as const;

/** Which keys there are, and what a listing shows. */
export const nameCases: readonly StoreCase[] = [
  storeCase(
    'absence is an answer',
    'What is not there is BLOB_NOT_FOUND, also where a folder of that name or a blob above it is.',
    async ({ store, key, listed, options: { signal } }) => {
      await store.put(key('folder/blob'), new Uint8Array(1), { signal });
      for (const name of ['absent', 'absent/deeper', 'folder', 'folder/blo', 'folder/blob/below', 'folder/blobs']) {
        await assertRejects(store.get(key(name), { signal }), 'BLOB_NOT_FOUND', `get "${name}"`);
        await assertRejects(store.stat(key(name), { signal }), 'BLOB_NOT_FOUND', `stat "${name}"`);
      }
      assert.equal((await listed('absent')).size, 0, 'a prefix of nothing lists something');
      assert.equal((await listed('folder/blob/')).size, 0, 'a blob lists something below it');
    },
  ),
  storeCase(
    'delete twice',
    'A deleted blob is gone, deleting what is not there is no error, and its neighbours stay.',
    async ({ store, key, listed, options: { signal } }) => {
      const neighbours = ['a/bc', 'a/b.c', 'a/b-c/d', 'ab'];
      for (const name of ['a/b', ...neighbours]) await store.put(key(name), new Uint8Array(1), { signal });
      await store.delete(key('a/b'), { signal });
      await assertRejects(store.get(key('a/b'), { signal }), 'BLOB_NOT_FOUND', 'get after delete');
      await assertRejects(store.stat(key('a/b'), { signal }), 'BLOB_NOT_FOUND', 'stat after delete');
      await store.delete(key('a/b'), { signal });
      await store.delete(key('never/was'), { signal });
      await store.delete(key('a'), { signal }); // a folder on some stores, nothing on others
      assert.deepEqual([...(await listed()).keys()].sort(), neighbours.map(key).sort());
    },
  ),
  storeCase(
    'list is complete',
    'A listing yields every blob once, over as many pages and folders as it takes.',
    async ({ store, key, listed, options: { signal, listCount = listCountDefault } }) => {
      const keys = [
        ...Array.from({ length: listCount }, (_, index) => key(`many/blob-${index}`)),
        ...['a', 'many-a', 'many.a', 'z', 'many/z/z'].map((folder) => key(`${folder}/blob`)),
      ];
      await putAll(store, keys, { signal });
      const infos = await listed();
      const missing = keys.filter((name) => !infos.has(name));
      assert.equal(
        missing.length,
        0,
        `${missing.length} of ${keys.length} blobs are not listed, "${missing[0]}" for one`,
      );
      assert.equal(infos.size, keys.length, 'the listing shows blobs that nobody put');
      for (const info of infos.values()) assert.equal(info.sizeBytes, info.key.length, `size of "${info.key}"`);
    },
  ),
  storeCase(
    'list among changes',
    'A listing yields each blob that is there all the time, once, whatever is put and deleted around it meanwhile.',
    async ({ store, open, key, listed, options: { signal } }) => {
      await using other = await open();
      const names = Array.from({ length: changedCount }, (_, index) => key(`many/blob-${index}`));
      const staying = names.filter((_, index) => index % 3 !== 0);
      const leaving = names.filter((_, index) => index % 3 === 0);
      await putAll(store, names, { signal });
      let changing = true;
      const list = async (): Promise<void> => {
        while (changing) {
          const infos = await listed('', other);
          const missing = staying.filter((name) => !infos.has(name));
          assert.equal(missing.length, 0, `${missing.length} blobs that stay are not listed, "${missing[0]}" for one`);
        }
      };
      const change = async (): Promise<void> => {
        try {
          const concurrency = Math.min(8, store.capabilities.concurrencyMax);
          await mapConcurrently(leaving.entries(), concurrency, async ([index, name]) => {
            await store.delete(name, { signal });
            // At another place of any order, or it would fill the gap that a listing trips over.
            await store.put(key(`many/new-${index}`), new Uint8Array(1), { signal });
          });
        } finally {
          changing = false;
        }
      };
      await together(change(), list());
    },
  ),
  storeCase(
    'a prefix is a string',
    'A listing yields exactly the blobs whose key starts with the prefix, wherever in a part it ends.',
    async ({ store, key, listed, options: { signal } }) => {
      const keys = ['a/b/c', 'a/b/d/e', 'a/bc', 'a/b.c', 'ab', 'b/a', '.a/b'];
      for (const name of keys) await store.put(key(name), new Uint8Array(1), { signal });
      for (const prefix of ['', 'a', 'a/', 'a/b', 'a/b/', 'a/b/d', 'a/bc', 'a/bcd', 'b', '.', 'c']) {
        const expected = keys.filter((name) => name.startsWith(prefix)).map(key);
        assert.deepEqual([...(await listed(prefix)).keys()].sort(), expected.sort(), `list "${prefix}"`);
      }
    },
  ),
  storeCase(
    'every allowed name',
    'Keys of 1 to 255 of the allowed characters name different blobs.',
    async ({ store, key, listed, options: { signal, keyLengthMax = keyLengthMaxDefault } }) => {
      const room = keyLengthMax - key('').length;
      const deep = 'd/'.repeat(Math.floor(room / 2)).slice(0, room - 1) + 'e';
      const names = [
        ...['0', '-dash', '_under', '.hidden', '..two', 'dot.', 'a.b-c_d', 'A/b.C/1', 'x.tmp', 'lock-1.lck'],
        ...['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz.blk', '0123456789._-'],
        ...['f'.repeat(room), deep],
      ];
      for (const name of names) await store.put(key(name), Buffer.from(name), { signal });
      for (const name of names) assertBytes(await store.get(key(name), { signal }), Buffer.from(name), `get "${name}"`);
      assert.deepEqual([...(await listed()).keys()].sort(), names.map(key).sort());
    },
  ),
  storeCase(
    'bad names are refused',
    'A key that is none is refused before anything happens, and is not taken for an absent one.',
    async ({ store, listed, options: { signal } }) => {
      for (const [name, why] of badKeys) {
        const calls = {
          put: () => store.put(name, new Uint8Array(1), { signal }),
          get: () => store.get(name, { signal }),
          stat: () => store.stat(name, { signal }),
          delete: () => store.delete(name, { signal }),
        };
        for (const [verb, call] of Object.entries(calls)) {
          const what = `${verb} of ${JSON.stringify(name.slice(0, 20))} (${why})`;
          const error = await failureOf(call(), `${what} resolves`);
          const refused = isBackupError(error) && error.code !== 'BLOB_NOT_FOUND';
          assert.ok(refused, `${what} must be refused, but is ${describeError(error)}`);
        }
      }
      assert.equal((await listed()).size, 0);
    },
  ),
];

/** Puts blobs that hold their own key. */
async function putAll(store: BackupStore, keys: readonly string[], { signal }: CallOptions): Promise<void> {
  const concurrency = Math.min(16, store.capabilities.concurrencyMax);
  await mapConcurrently(keys, concurrency, (key) => store.put(key, Buffer.from(key), { signal }));
}
