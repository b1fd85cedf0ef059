import type { BackupStore } from '../contracts/store.ts';
import { BackupError } from '../errors.ts';
import { overStore } from './over-store.ts';

/** Refuses every change with `STORE_READ_ONLY`, also that of worker threads that write files themselves. */
export function withReadOnly(store: BackupStore): BackupStore {
  const refuse = async (verb: string, key: string): Promise<never> => {
    throw new BackupError(
      'STORE_READ_ONLY',
      `Will not ${verb} "${key}": ${store.location} is opened for reading only`,
      {
        remedy: 'Use a target that may be written.',
      },
    );
  };
  return overStore(store, {
    directory: store.directory && { ...store.directory, writable: false },
    put: (key) => refuse('put', key),
    delete: (key) => refuse('delete', key),
  });
}
