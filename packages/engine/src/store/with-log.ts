import type { Logger } from '../contracts/context.ts';
import type { BackupStore } from '../contracts/store.ts';
import { isBackupError } from '../errors.ts';
import { overStore } from './over-store.ts';

/** One debug line for each call once its outcome is known: the verb, the key, the size or the error's code. */
export function withLog(store: BackupStore, logger: Logger): BackupStore {
  const logged = async <Result>(
    verb: string,
    key: string,
    call: () => Promise<Result>,
    sizeOf: (result: Result) => number | undefined,
  ): Promise<Result> => {
    try {
      const result = await call();
      logger.debug(`${verb} "${key}"`, { sizeBytes: sizeOf(result) });
      return result;
    } catch (error) {
      logger.debug(`${verb} "${key}" failed`, { code: isBackupError(error) ? error.code : String(error) });
      throw error;
    }
  };
  const unsized = (): undefined => undefined;

  return overStore(store, {
    put: (key, data, put) =>
      logged(
        'put',
        key,
        () => store.put(key, data, put),
        () => data.length,
      ),
    get: (key, get) =>
      logged(
        'get',
        key,
        () => store.get(key, get),
        (data) => data.length,
      ),
    stat: (key, call) =>
      logged(
        'stat',
        key,
        () => store.stat(key, call),
        (info) => info.sizeBytes,
      ),
    list: async function* (prefix, call) {
      let count = 0;
      try {
        for await (const info of store.list(prefix, call)) {
          count++;
          yield info;
        }
      } catch (error) {
        logger.debug(`list "${prefix}" failed`, { count, code: isBackupError(error) ? error.code : String(error) });
        throw error;
      }
      logger.debug(`list "${prefix}"`, { count });
    },
    delete: (key, call) => logged('delete', key, () => store.delete(key, call), unsized),
  });
}
