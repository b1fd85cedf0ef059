/** A slash-separated blob name such as `blocks/3f/3f9a…`: 1–255 bytes of `[A-Za-z0-9/._-]`, no empty or `..` part. */
export type BlobKey = string;

/** No blob is larger (64 MiB), so a driver may hold one in memory and a retry never has to rewind. */
export const blobSizeBytesMax: number = 64 * 1024 * 1024;

/** Every call that may block takes this: forgetting to pass cancellation on is a type error. */
export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface BlobInfo {
  readonly key: BlobKey;
  readonly sizeBytes: number;
  /** The store's own clock, not ours. */
  readonly modifiedAt: Date;
}

export interface GetOptions extends CallOptions {
  /** Bytes `[offset, offset + length)`; both must lie inside the blob. */
  readonly range?: { readonly offset: number; readonly length: number };
}

export interface PutOptions extends CallOptions {
  /** Fail with `BLOB_EXISTS` instead of replacing. Only where `capabilities.conditionalPut`. */
  readonly ifAbsent?: boolean;
}

/** What this store can do beyond the contract. A driver states only what a conformance case can prove. */
export interface StoreCapabilities {
  /** `put` with `ifAbsent` is atomic against other processes. */
  readonly conditionalPut: boolean;
  /** A listing that starts after a `put` resolved, in whatever process, shows it: the lock's wait may be short. */
  readonly consistentListing: boolean;
  /** How many calls may run at once, 1 or more. The engine enforces it. */
  readonly concurrencyMax: number;
}

/** A store that is a directory of this machine says so, and worker threads then read and write its files themselves. */
export interface StoreDirectory {
  /** Absolute path; a blob's file is `path/key`. */
  readonly path: string;
  /** False for a store that must not be written. */
  readonly writable: boolean;
}

/**
 * A flat namespace of blobs: the whole of what the engine asks of S3, a share or a disk.
 *
 * Promises every driver keeps (`@hayloft/engine/conformance` checks all that can be checked from outside):
 * - atomic and durable: a `put` is seen whole or not at all, also after a crash or a power cut once it resolved;
 * - read-after-write: once `put` resolves, `get`, `stat` and `list` of this instance see it;
 * - cancellable: an aborted `signal` rejects with `signal.reason`;
 * - single-minded: no retries, no caching, no logging: the engine wraps those around.
 *
 * Errors are `BackupError`s; anything else thrown is a bug in the driver. Absence is an answer (`BLOB_NOT_FOUND`),
 * a timeout, a refusal or a stale handle never is.
 */
export interface BackupStore extends AsyncDisposable {
  /** Where this is, for people, as a target URL ending in `/`: `s3://bucket@region/prefix/`. Never holds a secret. */
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  readonly directory?: StoreDirectory | undefined;

  /** Stores `data` under `key`, replacing what is there. Does not keep `data` after resolving. */
  put(key: BlobKey, data: Uint8Array, options: PutOptions): Promise<void>;
  /** Resolves to the blob or the range of it. `BLOB_NOT_FOUND`, `RANGE_INVALID`. */
  get(key: BlobKey, options: GetOptions): Promise<Uint8Array>;
  /** `BLOB_NOT_FOUND` when there is none. */
  stat(key: BlobKey, options: CallOptions): Promise<BlobInfo>;
  /** Yields every blob whose key starts with `prefix`, each once, in any order; throws rather than end early. */
  list(prefix: string, options: CallOptions): AsyncIterable<BlobInfo>;
  /** Removes one blob. Resolves when there was none: deleting twice is not an error. */
  delete(key: BlobKey, options: CallOptions): Promise<void>;
}
