import { describe, expect, test } from '@jest/globals';
import type { BackupStore, BlobInfo } from '../contracts/store.ts';
import { BackupError, isBackupError } from '../errors.ts';
import { overStore } from '../store/over-store.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import type { MemoryStore } from '../testing/memory-store.ts';
import { findingOf } from './finding.ts';
import { storeCases } from './store-cases.ts';
import { troubleCases } from './store-cases-troubles.ts';

/** A store that breaks one promise, and the case that must notice. */
interface Mutant {
  readonly lie: string;
  readonly caughtBy: string;
  readonly make: (honest: MemoryStore) => BackupStore;
}

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const failure = (message: string): BackupError =>
  new BackupError('STORE_UNAVAILABLE', message, { remedy: 'Try again.' });

async function all(listing: AsyncIterable<BlobInfo>): Promise<BlobInfo[]> {
  const infos: BlobInfo[] = [];
  for await (const info of listing) infos.push(info);
  return infos;
}

/** Replaces what a listing yields. */
function listing(store: BackupStore, change: (infos: BlobInfo[], prefix: string) => BlobInfo[]): BackupStore {
  return overStore(store, {
    list: async function* (prefix, options) {
      yield* change(await all(store.list(prefix, options)), prefix);
    },
  });
}

const mutants: readonly Mutant[] = [
  {
    lie: 'clamps a range to the blob, as HTTP does',
    caughtBy: 'ranges',
    make: (store) =>
      overStore(store, {
        get: async (key, { signal, range }) => {
          const whole = await store.get(key, { signal });
          return range === undefined ? whole : whole.slice(range.offset, range.offset + range.length);
        },
      }),
  },
  {
    lie: 'gives what the first read of a connection gave',
    caughtBy: 'read after write',
    make: (store) =>
      overStore(store, { get: async (key, options) => (await store.get(key, options)).subarray(0, 65_536) }),
  },
  {
    lie: 'gives what the first read gave when asked for a range',
    caughtBy: 'ranges',
    make: (store) =>
      overStore(store, {
        get: async (key, options) =>
          (await store.get(key, options)).subarray(0, options.range === undefined ? undefined : 65_536),
      }),
  },
  {
    lie: 'takes requests of up to 32 MiB',
    caughtBy: 'largest blob',
    make: (store) =>
      overStore(store, {
        put: async (key, data, options) => {
          if (data.length > 32 * 1024 * 1024) throw failure('413 Content Too Large');
          await store.put(key, data, options);
        },
      }),
  },
  {
    lie: 'lists as much of a folder as fits into one answer',
    caughtBy: 'list is complete',
    make: (store) => {
      const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/'));
      return listing(store, (infos) =>
        infos.filter(({ key }, at) => {
          const before = infos.slice(0, at).filter((other) => folderOf(other.key) === folderOf(key));
          return before.length < 1_000;
        }),
      );
    },
  },
  {
    lie: 'counts how far its listing has come',
    caughtBy: 'list among changes',
    make: (store) =>
      overStore(store, {
        list: async function* (prefix, options) {
          for (let offset = 0; ; offset += 100) {
            const infos = await all(store.list(prefix, options));
            infos.sort((one, other) => (one.key < other.key ? -1 : 1));
            yield* infos.slice(offset, offset + 100);
            if (infos.length <= offset + 100) return;
            for (let turn = 0; turn < 50; turn++) await Promise.resolve();
          }
        },
      }),
  },
  {
    lie: 'lists one page',
    caughtBy: 'list is complete',
    make: (store) => listing(store, (infos) => infos.slice(0, 1_000)),
  },
  {
    lie: 'begins each page with the last blob of the one before',
    caughtBy: 'list is complete',
    make: (store) =>
      listing(store, (infos) => infos.flatMap((info, at) => (at % 1_000 === 999 ? [info, info] : [info]))),
  },
  {
    lie: 'loses one put in a hundred',
    caughtBy: 'list is complete',
    make: (store) => {
      let puts = 0;
      return overStore(store, {
        put: async (key, data, options) => {
          if (++puts % 100 !== 0) await store.put(key, data, options);
        },
      });
    },
  },
  {
    lie: 'puts in two steps',
    caughtBy: 'atomic put',
    make: (store) =>
      overStore(store, {
        put: async (key, data, options) => {
          await store.put(key, data.subarray(0, data.length / 2), options);
          await later();
          await store.put(key, data, options);
        },
      }),
  },
  {
    lie: 'lists its temporary files',
    caughtBy: 'atomic put',
    make: (store) =>
      overStore(store, {
        put: async (key, data, options) => {
          await store.put(`${key}.tmp`, data, options);
          await later();
          await store.put(key, data, options);
          await store.delete(`${key}.tmp`, options);
        },
      }),
  },
  {
    lie: 'takes absence for an empty blob',
    caughtBy: 'absence is an answer',
    make: (store) =>
      overStore(store, {
        get: async (key, options) => {
          try {
            return await store.get(key, options);
          } catch (error) {
            if (isBackupError(error, 'BLOB_NOT_FOUND')) return new Uint8Array(0);
            throw error;
          }
        },
      }),
  },
  {
    lie: 'takes every failure for absence',
    caughtBy: 'bad names are refused',
    make: (store) =>
      overStore(store, {
        stat: async (key, options) => {
          try {
            return await store.stat(key, options);
          } catch (error) {
            if (!isBackupError(error)) throw error;
            throw new BackupError('BLOB_NOT_FOUND', `no "${key}"`, { remedy: 'Look elsewhere.' });
          }
        },
      }),
  },
  {
    lie: 'says that every blob is empty',
    caughtBy: 'read after write',
    make: (store) =>
      overStore(store, { stat: async (key, options) => ({ ...(await store.stat(key, options)), sizeBytes: 0 }) }),
  },
  {
    lie: 'does not list empty blobs',
    caughtBy: 'empty blob',
    make: (store) => listing(store, (infos) => infos.filter(({ sizeBytes }) => sizeBytes > 0)),
  },
  {
    lie: 'does not list hidden files',
    caughtBy: 'every allowed name',
    make: (store) => listing(store, (infos) => infos.filter(({ key }) => !/(^|\/)\./.test(key))),
  },
  {
    lie: 'takes a prefix for a folder',
    caughtBy: 'a prefix is a string',
    make: (store) =>
      listing(store, (infos, prefix) =>
        infos.filter(({ key }) => prefix.endsWith('/') || key === prefix || key.startsWith(`${prefix}/`)),
      ),
  },
  {
    lie: 'writes over a longer blob without cutting it',
    caughtBy: 'overwrite',
    make: (store) =>
      overStore(store, {
        put: async (key, data, options) => {
          const old = store.blobs.peek(key) ?? data;
          const mixed = new Uint8Array(Math.max(old.length, data.length));
          mixed.set(old);
          mixed.set(data);
          await store.put(key, mixed, options);
        },
      }),
  },
  {
    lie: 'puts the memory around a view',
    caughtBy: 'a part of a larger buffer',
    make: (store) =>
      overStore(store, { put: (key, data, options) => store.put(key, new Uint8Array(data.buffer), options) }),
  },
  {
    lie: 'keeps the caller’s buffer',
    caughtBy: 'buffers are the caller’s',
    make: (store) => {
      const kept = new Map<string, Uint8Array>();
      return overStore(store, {
        put: async (key, data, options) => {
          kept.set(key, data);
          await store.put(key, data, options);
        },
        get: async (key, options) => (options.range === undefined && kept.get(key)) || store.get(key, options),
      });
    },
  },
  {
    lie: 'remembers what it should store',
    caughtBy: 'another instance sees it',
    make: (store) => {
      const own = createMemoryStore();
      return overStore(own, { capabilities: store.capabilities });
    },
  },
  {
    lie: 'fails when two put one key at once',
    caughtBy: 'concurrent puts',
    make: (store) => {
      const busy = new Set<string>();
      return overStore(store, {
        put: async (key, data, options) => {
          if (busy.has(key)) throw failure('409 Conflict');
          busy.add(key);
          await later();
          busy.delete(key);
          await store.put(key, data, options);
        },
      });
    },
  },
  {
    lie: 'answers calls that run at once in the wrong order',
    caughtBy: 'calls side by side',
    make: (store) => {
      let last: string;
      return overStore(store, {
        get: async (key, options) => {
          last = key;
          await later();
          return store.get(last, options);
        },
      });
    },
  },
  {
    lie: 'looks first and puts then',
    caughtBy: 'conditional put',
    make: (store) =>
      overStore(store, {
        put: async (key, data, { signal, ifAbsent }) => {
          if (ifAbsent === true && store.blobs.peek(key) !== undefined) {
            throw new BackupError('BLOB_EXISTS', `"${key}" exists`, { remedy: 'Choose another name.' });
          }
          await later();
          await store.put(key, data, { signal });
        },
      }),
  },
  {
    lie: 'lists late what others did',
    caughtBy: 'consistent listing',
    make: (store) => createMemoryStore({ blobs: store.blobs, listingLagMs: 60_000 }),
  },
  {
    lie: 'fails to delete what is not there',
    caughtBy: 'delete twice',
    make: (store) =>
      overStore(store, {
        delete: async (key, options) => {
          await store.stat(key, options);
          await store.delete(key, options);
        },
      }),
  },
  {
    lie: 'deletes by prefix',
    caughtBy: 'delete twice',
    make: (store) =>
      overStore(store, {
        delete: async (key, options) => {
          for (const info of await all(store.list(key, options))) await store.delete(info.key, options);
        },
      }),
  },
  {
    lie: 'ignores its signal',
    caughtBy: 'aborted before',
    make: (store) => {
      const { signal } = new AbortController();
      return overStore(store, { put: (key, data) => store.put(key, data, { signal }) });
    },
  },
  {
    lie: 'aborts with an error of its own',
    caughtBy: 'aborted before',
    make: (store) =>
      overStore(store, {
        get: async (key, options) => {
          if (options.signal.aborted) throw failure('cancelled');
          return store.get(key, options);
        },
      }),
  },
  {
    lie: 'says that an aborted put was done',
    caughtBy: 'aborted meanwhile',
    make: (store) =>
      overStore(store, {
        put: async (key, data, options) => {
          options.signal.throwIfAborted();
          await later();
          if (!options.signal.aborted) await store.put(key, data, options);
        },
      }),
  },
  {
    lie: 'waits for an answer that never comes',
    caughtBy: 'an abort ends every call',
    make: (store) => overStore(store, { stat: () => new Promise(() => {}) }),
  },
  {
    lie: 'ends an aborted listing as if it were complete',
    caughtBy: 'an aborted listing is no listing',
    make: (store) =>
      overStore(store, {
        list: async function* (prefix, options) {
          options.signal.throwIfAborted();
          for (const info of await all(store.list(prefix, options))) {
            if (options.signal.aborted) return;
            yield info;
          }
        },
      }),
  },
  {
    lie: 'shows this machine’s time in its listings',
    caughtBy: 'times',
    make: (store) =>
      listing(store, (infos) => infos.map((info) => ({ ...info, modifiedAt: new Date(Date.now() + 60_000) }))),
  },
  {
    lie: 'has a location to which nothing can be appended',
    caughtBy: 'describes itself',
    make: (store) => overStore(store, { location: 's3://bucket@region' }),
  },
];

describe('a store that lies is caught', () => {
  for (const { lie, caughtBy, make } of mutants) {
    test(`a store that ${lie} fails "${caughtBy}"`, async () => {
      const { blobs } = createMemoryStore();
      const open = async (): Promise<BackupStore> => make(createMemoryStore({ blobs }));
      const { signal } = new AbortController();
      const run = storeCases.find(({ name }) => name === caughtBy)!.run(open, { signal });
      await expect(findingOf(run)).resolves.toBe(true);
    });
  }

  test('every promise that can be broken in memory has a liar who breaks it', () => {
    const broken = new Set(mutants.map(({ caughtBy }) => caughtBy));
    const never = storeCases.filter(({ name }) => !broken.has(name));
    expect(never.map(({ name }) => name)).toEqual(['files of a directory', ...troubleCases.map(({ name }) => name)]);
  });
});
