import type { BlockPipeline } from './pipeline.ts';
import type { BackupFormat } from './format.ts';
import type { BlobInfo, CallOptions } from './store.ts';
import type { BlockDigest } from './blocks.ts';

export interface Logger {
  debug(message: string, values?: Readonly<Record<string, unknown>>): void;
  info(message: string, values?: Readonly<Record<string, unknown>>): void;
  warn(message: string, values?: Readonly<Record<string, unknown>>): void;
}

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {} };

/** Time comes in from outside, so that a simulation can run hours in a moment. */
export interface Clock {
  /** Milliseconds since 1970, wall clock. */
  now(): number;
  /** Milliseconds of a clock that never jumps; only differences mean something. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with `signal.reason` on abort. */
  sleep(ms: number, options: CallOptions): Promise<void>;
}

/** What a run is doing now, as totals: any event may be dropped. */
export interface Progress {
  readonly phase:
    | 'locking'
    | 'listing'
    | 'reading'
    | 'downloading'
    | 'uploading'
    | 'restoring'
    | 'verifying'
    | 'copying'
    | 'deleting'
    | 'finishing';
  readonly doneBytes: number;
  readonly totalBytes?: number | undefined;
  readonly reusedBytes?: number | undefined;
}

/**
 * What this machine remembers of a store between runs. Only ever a short cut: forgetting is always safe.
 * A block that it wrote or proved need not be read again while its listing is unchanged; a lock whose process died
 * here need not be waited for.
 */
export interface StoreMemory {
  /** Was this very blob (size and time) proven by this machine? */
  isProven(digest: BlockDigest, listed: BlobInfo): boolean;
  /** Remembers blobs as listed after they were written or proven. */
  rememberProven(blobs: Iterable<{ readonly digest: BlockDigest; readonly listed: BlobInfo }>): Promise<void>;
  /** Notes a lock of this process, before it is written. */
  rememberLock(lockName: string): Promise<void>;
  forgetLock(lockName: string): Promise<void>;
  /** True when this machine made the lock and the process that did is gone: it protects nothing. */
  isAbandoned(lockName: string): Promise<boolean>;
}

/** What every operation is given besides its request. */
export interface OperationContext extends CallOptions {
  readonly format: BackupFormat;
  readonly pipeline: BlockPipeline;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For lock names; not a secret. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** Network requests in flight at once. */
  readonly concurrency: number;
  /** Called often and synchronously; must not throw. The caller throttles. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly memory?: StoreMemory | undefined;
}
