import type { BackupFormat } from '@hayloft/engine';
import { backupUrl } from './backup-url.ts';
import { blockDigest, compressionMethods, decodeBlockSync, encodeBlockSync, methodOf } from './block-codec.ts';
import { blockSizeBytes } from './block-size.ts';
import { decodeConfig } from './config-decode.ts';
import { encodeConfig } from './config-encode.ts';
import { blockKey, blocksPrefix, configKey, configsPrefix, parseBlockKey, parseConfigKey } from './layout.ts';
import { lockFormat } from './lock-codec.ts';
import { checkName } from './names.ts';
import { packedSizeBounds } from './packed-size.ts';

/** Longhorn's backupstore format for backing images, as an engine takes it. */
export const longhornFormat: BackupFormat = {
  blockSizeBytes,
  methods: compressionMethods,
  lock: lockFormat,

  blocksPrefix,
  blockKey,
  parseBlockKey,
  digest: blockDigest,
  encodeBlock: async (method, plain) => encodeBlockSync(method, plain),
  decodeBlock: async (method, stored, digest) => decodeBlockSync(method, stored, digest),
  methodOf,
  packedSizeBounds,

  configsPrefix,
  configKey,
  parseConfigKey,
  checkName,
  encodeConfig,
  decodeConfig,
  backupUrl,
};
