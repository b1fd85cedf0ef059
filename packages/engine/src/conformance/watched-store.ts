import type { BackupStore, BlobKey } from '../contracts/store.ts';
import { overStore } from '../store/over-store.ts';

export interface WatchedStore extends BackupStore {
  /** Keys put so far. */
  readonly puts: BlobKey[];
  /** Calls begun, and the most that were under way at once. */
  readonly counts: { begun: number; underWay: number; underWayMax: number };
}

/** A store that counts what it is asked, and calls `before` first: to fail, to wait, or to stop the run. */
export function watchStore(
  store: BackupStore,
  before: (verb: 'put' | 'get', key: BlobKey) => void | Promise<void> = () => {},
): WatchedStore {
  const puts: BlobKey[] = [];
  const counts = { begun: 0, underWay: 0, underWayMax: 0 };
  const watched = async <Result>(verb: 'put' | 'get', key: BlobKey, call: () => Promise<Result>): Promise<Result> => {
    counts.begun++;
    counts.underWayMax = Math.max(counts.underWayMax, ++counts.underWay);
    try {
      await before(verb, key);
      return await call();
    } finally {
      counts.underWay--;
    }
  };
  return {
    ...overStore(store, {
      directory: undefined, // every call must be seen
      put: (key, data, options) =>
        watched('put', key, async () => {
          await store.put(key, data, options);
          puts.push(key);
        }),
      get: (key, options) => watched('get', key, () => store.get(key, options)),
    }),
    puts,
    counts,
  };
}
