import type { BlockDigest, BlockMap } from './blocks.ts';
import type { BackupConfig, CompressionMethod } from './format.ts';
import type { BlockIndex } from './block-index.ts';
import type { ImageProof, ImageSource } from './source.ts';
import type { BackupStore, CallOptions } from './store.ts';

export interface PipelineOptions extends CallOptions {
  /** Called often and synchronously with totals, never deltas; must not throw. */
  readonly onProgress?: ((progress: PipelineProgress) => void) | undefined;
  /** Network requests in flight at once, 1 or more; threads follow the machine's cores. */
  readonly concurrency: number;
}

export interface PipelineProgress {
  /** Image bytes that are done, holes included. */
  readonly doneBytes: number;
  readonly reusedBytes: number;
}

/** A store that takes the blocks it lacks. */
export interface CutStore {
  readonly store: BackupStore;
  /**
   * What the store holds already; resolves once the lock is held and the pool is listed (in this order: a listing from
   * before the lock may name blocks that were deleted meanwhile). Nothing is written before, but reading and hashing do
   * not wait: windows that are hashed by then are looked up afterwards, and only those whose block is absent are read
   * again (and must hash the same, else `SOURCE_CHANGED`). Its rejection ends the job.
   * The pipeline claims and enters what it writes.
   */
  readonly ready: Promise<{ readonly index: BlockIndex; readonly method: CompressionMethod }>;
  /**
   * Read each block that would be reused and prove it; what does not match is written anew. Without it only those are
   * read whose listed size is implausible (`BackupFormat.packedSizeBounds` for the window's length, see `BlockIndex.claim`).
   */
  readonly verifyReused: boolean;
}

/** Reads an image once: names its blocks, and hands them to whoever wants them. With nobody it only hashes. */
export interface CutJob {
  readonly source: ImageSource;
  readonly stores: readonly CutStore[];
  /** A file that gets the image's bytes, holes and zero blocks left out. It exists. */
  readonly file?: { readonly path: string } | undefined;
  /** Compute the SHA-512 of the whole image too. */
  readonly wholeDigest: boolean;
  /** Bytes `[0, resumeFrom)` of `file` are there already: read them back for the digests and take the source from there. */
  readonly resumeFrom?: number | undefined;
  /** Called when bytes `[0, offset)` of `file` are durable; the next call waits for the promise. */
  readonly onCheckpoint?: ((offset: number) => Promise<void>) | undefined;
}

export interface CutStoreResult {
  /** Distinct blocks that were put, of which `healed` replaced an unsound one. */
  readonly written: number;
  readonly healed: number;
  /** Windows whose block was there already, or was met before in this image. */
  readonly reused: number;
  /** Every block that was reused was read and matched, now or by this machine before. */
  readonly reusedVerified: boolean;
  /** Packed bytes put. */
  readonly bytesWritten: number;
}

export interface CutResult extends ImageProof {
  /** Windows that are holes or hold only zeros. */
  readonly holes: number;
  /** Image bytes read; holes are not. */
  readonly bytesRead: number;
  /** In the order of `CutJob.stores`. */
  readonly stores: readonly CutStoreResult[];
}

/** One window whose block could not be proven. */
export interface BlockProblem {
  readonly kind: 'missing' | 'corrupt' | 'unreadable' | 'length';
  readonly index: number;
  readonly offset: number;
  readonly digest: BlockDigest;
  readonly detail: string;
}

export type JoinSink =
  /**
   * A file that exists; it becomes as long as the image, and holes stay holes. Empty, unless `resume`: then what an
   * interrupted run left in it is read first, and only windows that do not match their digest are fetched and written.
   */
  | { readonly kind: 'file'; readonly path: string; readonly resume?: boolean }
  /** In order, zeros for holes; each call waits for the promise. `bytes` is reused afterwards. */
  | { readonly kind: 'stream'; readonly write: (bytes: Uint8Array) => Promise<void> }
  | { readonly kind: 'none' };

/** Fetches a backup's blocks, proves each, and puts them together. */
export interface JoinJob {
  readonly store: BackupStore;
  readonly config: BackupConfig;
  readonly sink: JoinSink;
  /** Compute the SHA-512 of the whole image too. */
  readonly wholeDigest: boolean;
  /** Given, a problem is reported and the job goes on (its window counts as zeros); else the first one fails the job. */
  readonly onProblem?: ((problem: BlockProblem) => void) | undefined;
  /** Only these windows; undefined for all. */
  readonly only?: ((index: number) => boolean) | undefined;
}

export interface JoinResult {
  readonly checksum: string | undefined;
  /** Packed bytes fetched. */
  readonly bytesFetched: number;
}

/** The hot path. `@hayloft/codec-workers` has it as a ring of shared memory; the engine has a plain one for tests. */
export interface BlockPipeline {
  /** `DATA_CORRUPT`, `SOURCE_CHANGED`, and what sources and stores throw. A failed job leaves no thread and no handle. */
  cut(job: CutJob, options: PipelineOptions): Promise<CutResult>;
  /** `BLOCK_MISSING`, `DATA_CORRUPT`, and what stores throw. */
  join(job: JoinJob, options: PipelineOptions): Promise<JoinResult>;
}

export type { BlockMap };
