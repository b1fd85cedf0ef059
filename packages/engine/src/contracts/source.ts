import type { BlockMap } from './blocks.ts';
import type { BackupConfig } from './format.ts';
import type { BackupStore, CallOptions } from './store.ts';

/** Data extents are at most this long (4 MiB); holes may be of any length. */
export const extentSizeBytesMax: number = 4 * 1024 * 1024;

/** A run of image bytes, or of zeros that need not be read. `bytes` may be reused after the next extent is asked for. */
export type Extent =
  | { readonly kind: 'data'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'hole'; readonly offset: number; readonly length: number };

export interface ExtentsOptions extends CallOptions {
  /** Start here instead of at 0; only where `resumeToken` is defined. A multiple of the block size. */
  readonly from?: number;
}

/**
 * One image, opened for one reading.
 *
 * `extents` starts at offset 0 (or `from`), each extent begins where the one before it ended, and the last one ends at
 * the image's size.
 */
export interface ImageSource extends AsyncDisposable {
  /** Where this came from, for people. Never holds a secret: a presigned query is masked. */
  readonly description: string;
  /** Undefined when the origin does not say; the end of `extents` then decides. */
  readonly sizeBytes: number | undefined;
  /**
   * Equal tokens mean equal bytes (URL and strong ETag, say), so an interrupted transfer may go on where it stopped.
   * Undefined where the origin cannot promise that. Never holds a secret.
   */
  readonly resumeToken?: string | undefined;
  /** A file of this machine: worker threads then read it themselves, and its holes are never read. */
  readonly file?: { readonly path: string } | undefined;
  /** A backup: worker threads then fetch and prove its blocks themselves. */
  readonly backup?: { readonly store: BackupStore; readonly config: BackupConfig } | undefined;
  /** SHA-512 that the origin promises for the whole image (128 hex digits): a clone's source, a backup's record. */
  readonly checksum?: string | undefined;
  /** `SOURCE_UNAVAILABLE` when reading may be tried again, `SOURCE_CHANGED` when not. */
  extents(options: ExtentsOptions): AsyncIterable<Extent>;
}

/**
 * A file that is being made: written aside, visible under its final name only after `commit`.
 * The pipeline writes `path` itself.
 */
export interface ImageTarget extends AsyncDisposable {
  /** What the file will be, for people. */
  readonly description: string;
  /** The file to write, not yet under its final name. It exists and may hold `resume.offset` good bytes. */
  readonly path: string;
  /** What an interrupted run of the same making left; bytes `[0, offset)` are there, to be read again and hashed. */
  readonly resume: { readonly token: string; readonly offset: number } | undefined;
  /** Lets the file share the blocks of another one, at once, where the file system can; false where it cannot. */
  cloneFrom?: ((path: string, options: CallOptions) => Promise<boolean>) | undefined;
  /** Forgets what was left and starts from an empty file. */
  restart(options: CallOptions): Promise<void>;
  /** Records durably that bytes `[0, offset)` of the origin with this token stand in the file. */
  checkpoint(token: string, offset: number, options: CallOptions): Promise<void>;
  /** Makes the file durable and visible under its name. Disposing without this discards it, unless a checkpoint stands. */
  commit(proof: ImageProof, options: CallOptions): Promise<void>;
}

/** What one pass over an image found. */
export interface ImageProof {
  readonly sizeBytes: number;
  /** SHA-512 of the whole file, 128 lower-case hex digits; undefined when it was not asked for. */
  readonly checksum: string | undefined;
  readonly blocks: BlockMap;
}
