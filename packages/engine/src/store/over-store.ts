import type { BackupStore } from '../contracts/store.ts';

/** `store` with some of its members replaced. Delegates by calls, so that a store may be a class with private state. */
export function overStore(store: BackupStore, changes: Partial<BackupStore>): BackupStore {
  return {
    location: store.location,
    capabilities: store.capabilities,
    directory: store.directory,
    put: (key, data, options) => store.put(key, data, options),
    get: (key, options) => store.get(key, options),
    stat: (key, options) => store.stat(key, options),
    list: (prefix, options) => store.list(prefix, options),
    delete: (key, options) => store.delete(key, options),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    ...changes,
  };
}
