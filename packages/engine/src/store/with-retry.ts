import type { Clock, Logger } from '../contracts/context.ts';
import type { BackupStore, BlobInfo, CallOptions } from '../contracts/store.ts';
import { errorPolicies, isBackupError } from '../errors.ts';
import { overStore } from './over-store.ts';

export interface RetryOptions {
  /** Calls in all, the first included; 1 or more. */
  readonly attempts: number;
  /** The second attempt comes after up to this long; each further one waits up to twice as long as the one before. */
  readonly baseMs: number;
  readonly capMs: number;
  readonly clock: Clock;
  /** In [0, 1): spreads the attempts of many runs that failed at the same moment. */
  readonly random: () => number;
  readonly logger: Logger;
}

/** A server that asks to be left alone for longer is not waited for: the run fails, and says so. */
const askedMsMax = 60_000;

/**
 * Does `attempt` again while its error says that this may help; `what` is said in the log. Waits at least as long as the
 * server asks to: the error's cause then has a number `retryAfterMs`.
 */
export async function retry<Result>(
  what: string,
  attempt: (number: number) => Promise<Result>,
  { signal }: CallOptions,
  { attempts, baseMs, capMs, clock, random, logger }: RetryOptions,
): Promise<Result> {
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      signal.throwIfAborted();
      if (!isBackupError(error) || !errorPolicies[error.code].retryable || number >= attempts) throw error;
      const askedMs = askedMsOf(error);
      if (askedMs > askedMsMax) throw error;
      const waitMs = Math.max(askedMs, Math.round(random() * Math.min(capMs, baseMs * 2 ** (number - 1))));
      const { code, message } = error;
      logger.warn(`${what} failed, trying again in ${waitMs} ms (${number} of ${attempts})`, { code, message });
      await clock.sleep(waitMs, { signal });
    }
  }
}

function askedMsOf({ cause }: Error): number {
  const { retryAfterMs } = (cause ?? {}) as { readonly retryAfterMs?: unknown };
  return typeof retryAfterMs === 'number' && retryAfterMs > 0 ? retryAfterMs : 0;
}

/** Tries a call again while its error says that this may help: the one place where store calls are retried. */
export function withRetry(store: BackupStore, options: RetryOptions): BackupStore {
  const retrying = <Result>(
    what: string,
    call: CallOptions,
    attempt: (number: number) => Promise<Result>,
  ): Promise<Result> => retry(`${what} in ${store.location}`, attempt, call, options);

  return overStore(store, {
    put: (key, data, put) =>
      retrying(`put "${key}"`, put, async (number) => {
        try {
          await store.put(key, data, put);
        } catch (error) {
          // An attempt that seemed to fail may have stored the blob: then it is our own that is in the way.
          const mayBeOurs = number > 1 && put.ifAbsent === true && isBackupError(error, 'BLOB_EXISTS');
          if (!mayBeOurs || !isSame(await store.get(key, { signal: put.signal }), data)) throw error;
        }
      }),
    get: (key, get) => retrying(`get "${key}"`, get, () => store.get(key, get)),
    stat: (key, call) => retrying(`stat "${key}"`, call, () => store.stat(key, call)),
    // Nothing is passed on before a listing is complete: one that starts anew would show blobs twice.
    list: async function* (prefix, call) {
      for (const info of await retrying(`list "${prefix}"`, call, () => collect(store.list(prefix, call)))) {
        yield info;
        call.signal.throwIfAborted();
      }
    },
    delete: (key, call) => retrying(`delete "${key}"`, call, () => store.delete(key, call)),
  });
}

async function collect(listing: AsyncIterable<BlobInfo>): Promise<BlobInfo[]> {
  const infos: BlobInfo[] = [];
  for await (const info of listing) infos.push(info);
  return infos;
}

function isSame(stored: Uint8Array, data: Uint8Array): boolean {
  return Buffer.compare(stored, data) === 0;
}
