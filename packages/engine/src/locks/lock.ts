import { BackupError, isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { LockType } from '../contracts/format.ts';
import type { BackupStore, CallOptions } from '../contracts/store.ts';
import { goesBefore, readLocks } from './lock-table.ts';
import type { SeenLock } from './lock-table.ts';

/** A lock that this run holds and refreshes until it is released. */
export interface HeldLock {
  readonly name: string;
  /** Aborts with `LOCK_LOST` as soon as the lock is known to be gone; every call of the run carries it. */
  readonly signal: AbortSignal;
  /** Proves that the lock still stands and that nobody holds one against it; `LOCK_LOST` otherwise. Before each decisive step. */
  confirm(): Promise<void>;
  /** The same without a look at the store, and without giving way: directly before a call that must not come too late. */
  assertFresh(): void;
  /** Stops refreshing and removes the lock file, also after an abort. */
  release(): Promise<void>;
}

/** A shared lock may skip the settling wait only if announcing and acquiring took less than this: see decisions/0002. */
const shortPathMsMax = 1_000;
/** A lock that could not be refreshed is given up this long before others may ignore it. */
const expiryMarginMs = 30_000;
const releaseTimeoutMs = 10_000;

/**
 * Begins to take a lock by Longhorn's protocol: announce it, wait until everybody can see it, look who else is there,
 * acquire. `acquired` settles then; the caller releases the lock in every case.
 * One try: `STORE_LOCKED` when a lock of the other type goes before this one. What cannot be listed or read fails the
 * attempt; it is never taken for "no locks".
 */
export function startLock(
  store: BackupStore,
  type: LockType,
  context: OperationContext,
): HeldLock & { readonly acquired: Promise<void> } {
  return new StoreLock(store, type, context);
}

/** Runs `work` under a lock and releases it whatever happens. The context's signal also fires when the lock is lost. */
export async function withLock<Result>(
  store: BackupStore,
  type: LockType,
  context: OperationContext,
  work: (locked: OperationContext, lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  context.onProgress?.({ phase: 'locking', doneBytes: 0 });
  const lock = startLock(store, type, context);
  try {
    await lock.acquired;
    return await work({ ...context, signal: lock.signal }, lock);
  } finally {
    await lock.release();
  }
}

class StoreLock implements HeldLock {
  readonly name: string;
  readonly #store: BackupStore;
  readonly #type: LockType;
  readonly #context: OperationContext;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  readonly signal: AbortSignal;
  readonly acquired: Promise<void>;
  #refreshing: Promise<void> = Promise.resolve();
  /** When the last write that succeeded was begun, on both clocks: one stops while a laptop sleeps, the other may jump. */
  #refreshedAt = { monotonic: 0, wall: 0 };

  constructor(store: BackupStore, type: LockType, context: OperationContext) {
    this.#store = store;
    this.#type = type;
    this.#context = context;
    this.name = `lock-${Buffer.from(context.randomBytes(8)).toString('hex')}`;
    this.signal = AbortSignal.any([context.signal, this.#lost.signal]);
    this.acquired = this.#acquire();
    this.acquired.catch(() => {}); // the caller awaits it later; until then a failure is not unhandled
  }

  async #acquire(): Promise<void> {
    const { clock, format, memory, signal } = this.#context;
    await memory?.rememberLock(this.name);
    const settles = this.#type === 'deletion' || !this.#store.capabilities.consistentListing;
    for (const wait of settles ? [true] : [false, true]) {
      const announcedAt = clock.monotonic();
      await this.#write(false);
      if (wait) await clock.sleep(format.lock.settleMs, { signal: AbortSignal.any([signal, this.#stop.signal]) });
      await this.#refuseIfBlocked();
      await this.#write(true);
      if (wait || clock.monotonic() - announcedAt < shortPathMsMax) break;
    }
    this.#refreshing = this.#keepRefreshing();
  }

  async confirm(): Promise<void> {
    this.assertFresh();
    const own = await this.#statOwn(this.#context);
    const rival = (await this.#liveRivals(own.modifiedAt)).find((lock) => lock.record.acquired);
    if (rival !== undefined) throw this.#loseBecause(`${describe(rival)} is held against it`);
  }

  assertFresh(): void {
    this.signal.throwIfAborted();
    if (this.#staleMs() <= this.#context.format.lock.expiresMs - expiryMarginMs) return;
    throw this.#loseBecause('it could not be refreshed for too long (was this machine asleep?)');
  }

  async release(): Promise<void> {
    this.#stop.abort();
    await this.acquired.catch(() => {});
    await this.#refreshing;
    try {
      const signal = AbortSignal.timeout(releaseTimeoutMs);
      await this.#store.delete(this.#key, { signal });
      await this.#context.memory?.forgetLock(this.name);
    } catch (error) {
      // The run's own outcome matters more; an unreleased lock is ignored by everybody once it has expired.
      this.#context.logger.warn(`could not remove the lock ${this.#key}; it expires by itself`, { error });
    }
  }

  get #key(): string {
    return this.#context.format.lock.key(this.name);
  }

  async #write(acquired: boolean): Promise<void> {
    const { clock, format, signal } = this.#context;
    const begun = { monotonic: clock.monotonic(), wall: clock.now() };
    await this.#store.put(this.#key, format.lock.encode({ name: this.name, type: this.#type, acquired }), { signal });
    this.#refreshedAt = begun;
  }

  #staleMs(): number {
    const { clock } = this.#context;
    return Math.max(clock.monotonic() - this.#refreshedAt.monotonic, clock.now() - this.#refreshedAt.wall);
  }

  async #statOwn(options: CallOptions): Promise<{ readonly modifiedAt: Date }> {
    try {
      return await this.#store.stat(this.#key, options);
    } catch (error) {
      if (isBackupError(error, 'BLOB_NOT_FOUND')) throw this.#loseBecause('its file was removed by somebody else');
      throw error;
    }
  }

  /** Locks of another type that have not expired, by the store's own clock. */
  async #liveRivals(storeNow: Date): Promise<SeenLock[]> {
    const { format, memory } = this.#context;
    const rivals: SeenLock[] = [];
    for (const lock of await readLocks(this.#store, this.#context)) {
      if (lock.record.name === this.name || lock.record.type === this.#type) continue;
      if (storeNow.getTime() - lock.modifiedAt.getTime() > format.lock.expiresMs) continue;
      if ((await memory?.isAbandoned(lock.record.name)) === true) {
        await this.#store.delete(lock.key, this.#context);
        await memory?.forgetLock(lock.record.name);
        continue;
      }
      rivals.push(lock);
    }
    return rivals;
  }

  async #refuseIfBlocked(): Promise<void> {
    const { modifiedAt } = await this.#statOwn(this.#context);
    const own: SeenLock = {
      key: this.#key,
      record: { name: this.name, type: this.#type, acquired: false },
      modifiedAt,
    };
    const rival = (await this.#liveRivals(modifiedAt)).find((lock) => goesBefore(lock, own));
    if (rival === undefined) return;
    const ageSeconds = Math.round((modifiedAt.getTime() - rival.modifiedAt.getTime()) / 1000);
    throw new BackupError(
      'STORE_LOCKED',
      `${this.#store.location} is locked: ${describe(rival)}, refreshed ${ageSeconds} s ago, excludes a lock for ${this.#type}`,
      {
        remedy:
          `Try again when the other run has ended. A lock of a run that died is ignored ${this.#context.format.lock.expiresMs / 1000} s ` +
          `after its last refresh; "hayloft store unlock" shows them all.`,
      },
    );
  }

  async #keepRefreshing(): Promise<void> {
    const { clock, format, logger } = this.#context;
    const signal = AbortSignal.any([this.signal, this.#stop.signal]);
    while (!signal.aborted) {
      try {
        await clock.sleep(format.lock.refreshMs, { signal });
        this.assertFresh(); // a lock that others may have ignored by now must not be brought back to life
        await this.#statOwn({ signal });
        await this.#write(true);
      } catch (error) {
        if (signal.aborted || isBackupError(error, 'LOCK_LOST')) return;
        logger.warn(`could not refresh the lock ${this.#key}`, { error });
        if (this.#staleMs() > format.lock.expiresMs - expiryMarginMs) this.#loseBecause('it could not be refreshed');
      }
    }
  }

  #loseBecause(why: string): BackupError {
    const error = new BackupError('LOCK_LOST', `The lock ${this.name} on ${this.#store.location} is lost: ${why}`, {
      remedy: 'Run the same command again: what is stored already is used.',
    });
    this.#lost.abort(error);
    return error;
  }
}

function describe(lock: SeenLock): string {
  return `${lock.record.name} (${lock.record.type}${lock.record.acquired ? '' : ', announced'})`;
}
