import type { BlockDigest, BlockMap } from './blocks.ts';
import type { BlobKey } from './store.ts';

/** How a block's bytes are packed. Longhorn knows these three. */
export type CompressionMethod = 'lz4' | 'gzip' | 'none';

/** The record that lists an image's blocks: complete, it *is* the backup. */
export interface BackupConfig {
  readonly name: string;
  readonly sizeBytes: number;
  /** SHA-512 of the whole image as recorded, 128 lower-case hex digits; '' or anything else means: not usable. */
  readonly checksum: string;
  /** Undefined where the config holds `null`. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly compression: CompressionMethod;
  /** RFC 3339, as written. */
  readonly createdAt: string;
  /** RFC 3339; '' marks a backup that is in progress, or was interrupted. */
  readonly completedAt: string;
  /** Names of the Kubernetes Secret of an encrypted image; '' for none. */
  readonly secret: string;
  readonly secretNamespace: string;
  readonly blocks: BlockMap;
}

/** BACKUP is held by backups and restores, DELETION by remove and prune; only different types exclude each other. */
export type LockType = 'backup' | 'deletion';

export interface LockRecord {
  readonly name: string;
  readonly type: LockType | 'untyped';
  readonly acquired: boolean;
}

export interface LockFormat {
  /** Every lock's key starts with this. */
  readonly prefix: string;
  key(name: string): BlobKey;
  /** The lock's name, or undefined for a blob that is not a lock. */
  parseKey(key: BlobKey): string | undefined;
  encode(record: LockRecord): Uint8Array;
  /** `STORE_INVALID` for bytes that are no lock record. */
  decode(bytes: Uint8Array, key: BlobKey): LockRecord;
  /** A lock that was not rewritten for so long is dead. */
  readonly expiresMs: number;
  /** A holder rewrites its lock this often. */
  readonly refreshMs: number;
  /** How long a contender waits between announcing itself and looking who else is there. */
  readonly settleMs: number;
}

/** Names and encodings in the store. `@hayloft/longhorn-format` implements it; the engine has a plain one for tests. */
export interface BackupFormat {
  readonly blockSizeBytes: number;
  readonly methods: readonly CompressionMethod[];
  readonly lock: LockFormat;

  /** Every block's key starts with this. */
  readonly blocksPrefix: string;
  blockKey(digest: BlockDigest): BlobKey;
  /** The block's digest, or undefined for a blob that is not a block. */
  parseBlockKey(key: BlobKey): BlockDigest | undefined;
  /** Names a block by its plain bytes. */
  digest(plain: Uint8Array): BlockDigest;
  encodeBlock(method: CompressionMethod, plain: Uint8Array): Promise<Uint8Array>;
  /**
   * The block's plain bytes, whichever method packed them (`method` is tried first), at most `blockSizeBytes` long.
   * `DATA_CORRUPT` when no method gives bytes that match `digest`.
   */
  decodeBlock(method: CompressionMethod, stored: Uint8Array, digest: BlockDigest): Promise<Uint8Array>;
  /** How the bytes are packed, by their first bytes; `none` where no magic number is recognised. */
  methodOf(stored: Uint8Array): CompressionMethod;
  /** Smallest and largest size that a block of `plainLength` bytes can have once packed. */
  packedSizeBounds(method: CompressionMethod, plainLength: number): { readonly min: number; readonly max: number };

  /** Every backup's key starts with this. */
  readonly configsPrefix: string;
  configKey(name: string): BlobKey;
  /** The backup's name, or undefined for a blob that is no config. */
  parseConfigKey(key: BlobKey): string | undefined;
  /** `USAGE_INVALID` for a name that the format does not allow. */
  checkName(name: string): void;
  encodeConfig(config: BackupConfig): Uint8Array;
  /** `STORE_INVALID` for bytes that are no config of `name`: what is wrong, and with which value. */
  decodeConfig(bytes: Uint8Array, name: string): BackupConfig;
  /** The URL under which users know a backup of this store. */
  backupUrl(location: string, name: string): string;
}
