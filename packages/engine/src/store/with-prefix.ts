import type { BackupStore } from '../contracts/store.ts';
import { checkBlobKey } from './blob-key.ts';
import { overStore } from './over-store.ts';

/**
 * A part of a store as a store of its own: every key gets `prefix`, which ends in `/`.
 * Lets `store check` try a user's store without touching what is in it.
 */
export function withPrefix(store: BackupStore, prefix: string): BackupStore {
  if (!prefix.endsWith('/')) throw new RangeError(`prefix "${prefix}" must end in "/"`);
  checkBlobKey(`${prefix}key`);
  const inside = (key: string): string => {
    checkBlobKey(key); // before it is prefixed, or "../key" would still be caught but "" would not
    return prefix + key;
  };
  return overStore(store, {
    location: store.location + prefix,
    directory: store.directory && { ...store.directory, path: `${store.directory.path}/${prefix.slice(0, -1)}` },
    put: async (key, data, options) => store.put(inside(key), data, options),
    get: async (key, options) => store.get(inside(key), options),
    stat: async (key, options) => ({ ...(await store.stat(inside(key), options)), key }),
    list: async function* (within, options) {
      for await (const info of store.list(prefix + within, options)) {
        yield { ...info, key: info.key.slice(prefix.length) };
      }
    },
    delete: async (key, options) => store.delete(inside(key), options),
  });
}
