import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupStore, BlobInfo, CallOptions, StoreCapabilities } from '../contracts/store.ts';
import { isBackupError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { mapConcurrently } from '../operations/map-concurrently.ts';

export interface StoreCaseOptions extends CallOptions {
  /** How many blobs the listing case puts into one folder: one more than a page of the store shows. 1,001 if not given. */
  readonly listCount?: number | undefined;
  /** The longest key that may be used; 255, less what a prefix around the store adds. */
  readonly keyLengthMax?: number | undefined;
  /** For a store so small that this many bytes fill it, which is what "full store" then does; 64 KiB or more. */
  readonly roomBytes?: number | undefined;
  /** Opens the same store in a way that it refuses altogether: with a wrong key, as a user without rights. */
  readonly openRefused?: OpenStore | undefined;
  /** How to open the store with its server out of reach. */
  readonly outage?: StoreOutage | undefined;
}

/** Opens one more instance of the same store, as a second process would. The case disposes of it. */
export type OpenStore = () => Promise<BackupStore>;

/** A store whose server is out of reach: nobody listens, or every connection is cut. */
export interface StoreOutage {
  /** Opens the store, the outage beginning before or right after. */
  readonly open: OpenStore;
  /** How often the server, or what stands in its place, was asked for something or connected to so far. */
  readonly attempts: () => number;
}

/** What a case may depend on: what the store states, or what its test provides. */
export type StoreNeed = keyof StoreCapabilities | 'directory' | 'roomBytes' | 'openRefused' | 'outage';

/** `not tried`: the store does not state what the case needs, or the test does not provide it. */
export type StoreCaseOutcome = 'kept' | 'not tried';

/** One promise of `BackupStore`, with the code that tries to break it. */
export interface StoreCase {
  /** Short and unique, for a test's title or a line of `store check`. */
  readonly name: string;
  /** What a store that passes may be trusted with, as a sentence. */
  readonly promise: string;
  /** Only where this is stated or provided the promise is tried. */
  readonly needs?: StoreNeed | undefined;
  /**
   * Resolves when the promise is kept or not tried, rejects with an `AssertionError` that says what was seen. Touches keys under
   * `<name in kebab-case>/` only, and removes them before and after.
   */
  readonly run: (open: OpenStore, options: StoreCaseOptions) => Promise<StoreCaseOutcome>;
}

/** What a case's body works with. */
export interface StoreTrial {
  readonly store: BackupStore;
  readonly open: OpenStore;
  readonly options: StoreCaseOptions;
  /** A key of this case. */
  readonly key: (name: string) => string;
  /** This case's blobs, by key. */
  readonly listed: (prefix?: string, store?: BackupStore) => Promise<Map<string, BlobInfo>>;
}

/** Wraps a body into a case that opens the store, checks what it needs, and cleans up. */
export function storeCase(
  name: string,
  promise: string,
  body: (trial: StoreTrial) => Promise<void>,
  needs?: StoreCase['needs'],
): StoreCase {
  const folder = `${name.replaceAll(/[^a-z0-9]+/g, '-')}/`;
  return {
    name,
    promise,
    needs,
    run: async (open, options) => {
      await using store = await open();
      if (needs !== undefined && !isGiven(needs, store, options)) return 'not tried';
      await removeAll(store, folder, options);
      try {
        await body({
          store,
          open,
          options,
          key: (key) => folder + key,
          listed: (prefix = '', from = store) => listing(from, folder + prefix, options),
        });
      } catch (error) {
        await removeAll(store, folder, options).catch(() => {}); // the broken promise is the news
        throw error;
      }
      await removeAll(store, folder, options);
      return 'kept';
    },
  };
}

function isGiven(need: StoreNeed, store: BackupStore, options: StoreCaseOptions): boolean {
  if (need === 'directory') return store.directory !== undefined;
  if (need === 'roomBytes' || need === 'openRefused' || need === 'outage') return options[need] !== undefined;
  return Boolean(store.capabilities[need]);
}

/** Removes every blob whose key starts with `prefix`. */
export async function removeAll(store: BackupStore, prefix: string, { signal }: CallOptions): Promise<void> {
  const keys = [...(await listing(store, prefix, { signal })).keys()];
  await mapConcurrently(keys, Math.min(8, store.capabilities.concurrencyMax), (key) => store.delete(key, { signal }));
}

/** A listing by key; a blob that is listed twice breaks a promise already. */
async function listing(store: BackupStore, prefix: string, { signal }: CallOptions): Promise<Map<string, BlobInfo>> {
  const infos = new Map<string, BlobInfo>();
  for await (const info of store.list(prefix, { signal })) {
    assert.ok(!infos.has(info.key), `list "${prefix}" yields "${info.key}" twice`);
    infos.set(info.key, info);
  }
  return infos;
}

/** Lists to the end, calling `onBlob` on the way. */
export async function drain(
  store: BackupStore,
  prefix: string,
  { signal }: CallOptions,
  onBlob?: () => void,
): Promise<void> {
  for await (const _info of store.list(prefix, { signal })) onBlob?.();
}

/** By bytes: buffers of different realms and classes are equal when their bytes are. */
export function assertBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  assert.fail(`${what}: byte ${at} is ${actual[at]}, not ${expected[at]}`);
}

export async function assertRejects(work: Promise<unknown>, code: ErrorCode, what: string): Promise<void> {
  const error = await failureOf(work, `${what} resolves; it must be ${code}`);
  assert.ok(isBackupError(error, code), `${what} must be ${code}, but is ${describeError(error)}`);
}

/** That a call ends with the very reason of its signal. */
export async function assertAborts(work: Promise<unknown>, reason: unknown, what: string): Promise<void> {
  const error = await failureOf(work, `${what} resolves although its signal is aborted`);
  assert.ok(error === reason, `${what} must reject with the signal's reason, but is ${describeError(error)}`);
}

/** Waits for all, so that nothing is under way any more when the first failure is thrown. */
export async function together(...works: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) if (result.status === 'rejected') throw result.reason;
}

/** What becomes of `work`; undefined when it has not ended after `ms`, however busy this very process was meanwhile. */
export async function settledWithin(
  ms: number,
  work: Promise<unknown>,
): Promise<PromiseSettledResult<unknown> | undefined> {
  const ended = new AbortController();
  const late = sleep(ms, undefined, { signal: ended.signal }).then(() => loopTurns(10));
  try {
    return (await Promise.race([Promise.allSettled([work]), late]))?.[0];
  } finally {
    ended.abort();
    late.catch(() => {}); // that is the abort
  }
}

/** Lets everything that is ready happen first, so many times. */
export async function loopTurns(count: number): Promise<undefined> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What `work` rejects with; resolving breaks the promise. */
export async function failureOf(work: Promise<unknown>, otherwise: string): Promise<unknown> {
  const [result] = await Promise.allSettled([work]);
  return result.status === 'rejected' ? result.reason : assert.fail(otherwise);
}

export function describeError(error: unknown): string {
  if (isBackupError(error)) return `${error.code}: ${error.message}`;
  return `no BackupError: ${String(error)}`;
}
