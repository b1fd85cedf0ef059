import type { BackupStore, CallOptions } from '../contracts/store.ts';
import { isBackupError } from '../errors.ts';
import { withPrefix } from '../store/with-prefix.ts';
import { describeError, removeAll } from './store-case.ts';
import type { StoreCase, StoreCaseOptions, StoreNeed } from './store-case.ts';
import { storeCases } from './store-cases.ts';

type OpenStoreWith = (options: CallOptions) => Promise<BackupStore>;

/** What came of one promise. */
export interface StoreCheck {
  readonly name: string;
  readonly promise: string;
  readonly outcome: 'kept' | 'broken' | 'not tried';
  /** What was seen, or why it was not tried: one line. */
  readonly detail?: string;
}

export interface CheckStoreOptions extends CallOptions {
  /** Where all of it happens, ending in `/`; nothing of anybody may be there. */
  readonly prefix: string;
  /** Told when something may be left below the prefix, with the reason. */
  readonly onLeft: (reason: unknown) => void;
}

const keyLengthMax = 255;

/** Removing what is left must end too, also after an abort. */
const sweepMsMax = 60_000;

/** With such a failure a store is out of reach, and nothing can be said about its promises. */
const outOfReach = ['STORE_UNAVAILABLE', 'ACCESS_DENIED', 'STORE_READ_ONLY', 'NO_SPACE'] as const;

const whyNotTried: Readonly<Record<StoreNeed, string>> = {
  conditionalPut: 'the store does not claim it',
  consistentListing: 'the store does not claim it',
  concurrencyMax: 'the store does not claim it',
  directory: 'the store is no directory of this machine',
  roomBytes: 'a store in use is not filled',
  openRefused: 'needs credentials that are refused',
  outage: 'needs an outage',
};

/**
 * Tries every promise on a store in use, below a prefix, yielding each as it is settled; other blobs are never touched. What
 * it wrote is removed in the end, also after a failure, an abort, or when the caller stops listening.
 *
 * Rejects with the store's own failure when the store cannot be opened, reached or written: that breaks no promise.
 */
export async function* checkStore(
  open: OpenStoreWith,
  { signal, prefix, onLeft }: CheckStoreOptions,
): AsyncGenerator<StoreCheck, void, undefined> {
  const openPart = async (options: CallOptions): Promise<BackupStore> => withPrefix(await open(options), prefix);
  await (await openPart({ signal }))[Symbol.asyncDispose]();
  try {
    await assertReachable(openPart, { signal });
    const options = { signal, keyLengthMax: keyLengthMax - prefix.length };
    for (const one of storeCases) yield await settle(one, openPart, options);
  } finally {
    await sweep(openPart).catch(onLeft);
  }
}

async function settle(
  { name, promise, needs, run }: StoreCase,
  open: OpenStoreWith,
  options: StoreCaseOptions,
): Promise<StoreCheck> {
  const { signal } = options;
  try {
    const outcome = await run(() => open({ signal }), options);
    return { name, promise, outcome, ...(outcome === 'kept' ? {} : { detail: whyNotTried[needs!] }) };
  } catch (error) {
    signal.throwIfAborted();
    await assertReachable(open, { signal });
    // A small store is none that lies.
    const outcome = isBackupError(error, 'NO_SPACE') ? 'not tried' : 'broken';
    return { name, promise, outcome, detail: detailOf(error) };
  }
}

/** Throws when the store cannot be opened, reached or written at all. What it makes of the blob is for the cases. */
async function assertReachable(open: OpenStoreWith, { signal }: CallOptions): Promise<void> {
  await using store = await open({ signal });
  try {
    await store.put('probe', new Uint8Array(1), { signal });
    await store.get('probe', { signal });
    await store.delete('probe', { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isBackupError(error, ...outOfReach)) throw error;
  }
}

/** With a signal of its own: the check's may be aborted. */
async function sweep(open: OpenStoreWith): Promise<void> {
  const signal = AbortSignal.timeout(sweepMsMax);
  await using store = await open({ signal });
  await removeAll(store, '', { signal });
}

function detailOf(error: unknown): string {
  const text = Error.isError(error) && error.name === 'AssertionError' ? error.message : describeError(error);
  return text.split('\n', 1)[0] ?? text;
}
