import {
  BackupError,
  isBackupError,
  type BackupConfig,
  type BackupFormat,
  type BackupStore,
  type BlockDigest,
  type CallOptions,
  type ImageSource,
} from '@hayloft/engine';

export interface RestoreOptions {
  /** Open; who opened it disposes it. */
  readonly store: BackupStore;
  /** Of a backup that is complete. */
  readonly config: BackupConfig;
  readonly format: BackupFormat;
}

/**
 * A backup as a source. A pipeline with threads fetches `backup` itself; `extents` is for whoever has none: one block
 * after the other, each proven by its digest.
 */
export function backupSource({ store, config, format }: RestoreOptions): ImageSource {
  const { blocks } = config;
  return {
    description: `the backup "${config.name}" in ${store.location}`,
    sizeBytes: config.sizeBytes,
    backup: { store, config },
    checksum: /^[0-9a-f]{128}$/.test(config.checksum) ? config.checksum : undefined,

    async *extents({ signal }) {
      for (let index = 0; index < blocks.count; index++) {
        signal.throwIfAborted();
        const offset = index * blocks.blockSizeBytes;
        const digest = blocks.at(index);
        if (digest === undefined) yield { kind: 'hole', offset, length: blocks.lengthAt(index) };
        else yield { kind: 'data', offset, bytes: await readBlock(index, digest, { signal }) };
      }
    },

    async [Symbol.asyncDispose]() {},
  };

  async function readBlock(index: number, digest: BlockDigest, call: CallOptions): Promise<Uint8Array> {
    const what = `block ${digest} of window ${index} of "${config.name}" in ${store.location}`;
    let stored: Uint8Array;
    try {
      stored = await store.get(format.blockKey(digest), call);
    } catch (error) {
      if (!isBackupError(error, 'BLOB_NOT_FOUND')) throw error;
      throw damaged('BLOCK_MISSING', `${what} is not in the store`, error);
    }
    const plain = await format.decodeBlock(config.compression, stored, digest);
    const length = blocks.lengthAt(index);
    if (plain.length === length) return plain;
    throw damaged('DATA_CORRUPT', `${what} holds ${plain.length} bytes where the image needs ${length}`);
  }
}

function damaged(code: 'BLOCK_MISSING' | 'DATA_CORRUPT', message: string, cause?: unknown): BackupError {
  return new BackupError(code, message, {
    remedy: 'Run "hayloft backup verify" to list every damaged block, then "hayloft backup repair".',
    cause,
  });
}
