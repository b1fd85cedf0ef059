import { BackupError, isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import { BlockMap } from '../contracts/blocks.ts';
import type { BackupConfig, BackupFormat } from '../contracts/format.ts';
import type { BackupStore, BlobInfo } from '../contracts/store.ts';

/** SHA-512 in lower-case hex: the only recorded checksum that can be compared. */
const usableChecksum = /^[0-9a-f]{128}$/;

/** The recorded whole-image digest, or undefined where the config has none that could be compared. */
export function recordedChecksum(config: BackupConfig): string | undefined {
  return usableChecksum.test(config.checksum) ? config.checksum : undefined;
}

/** The config of a backup, complete or not. `BACKUP_NOT_FOUND`, `STORE_INVALID`. */
export async function readConfig(store: BackupStore, name: string, context: OperationContext): Promise<BackupConfig> {
  const config = await readConfigIfThere(store, name, context);
  if (config !== undefined) return config;
  throw new BackupError('BACKUP_NOT_FOUND', `There is no backup "${name}" in ${store.location}`, {
    remedy: 'List what is there with "hayloft backup list".',
  });
}

/** The same, or undefined when there is none: a failure is never taken for absence. */
export async function readConfigIfThere(
  store: BackupStore,
  name: string,
  context: OperationContext,
): Promise<BackupConfig | undefined> {
  const { format } = context;
  format.checkName(name);
  try {
    const bytes = await store.get(format.configKey(name), context);
    return bytes.byteLength === 0 ? interrupted(name, format) : format.decodeConfig(bytes, name);
  } catch (error) {
    if (isBackupError(error, 'BLOB_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** An empty file is what a power cut leaves of a config that was written without syncing, as Longhorn does. */
function interrupted(name: string, format: BackupFormat): BackupConfig {
  const blocks = new BlockMap(0, format.blockSizeBytes);
  const none = { checksum: '', createdAt: '', completedAt: '', secret: '', secretNamespace: '' };
  return { name, sizeBytes: 0, labels: undefined, compression: 'none', blocks, ...none };
}

/** The config of a backup that can be restored: `BACKUP_INCOMPLETE` for one in progress or interrupted. */
export async function readCompleteConfig(
  store: BackupStore,
  name: string,
  context: OperationContext,
): Promise<BackupConfig> {
  const config = await readConfig(store, name, context);
  if (config.completedAt !== '') return config;
  throw new BackupError(
    'BACKUP_INCOMPLETE',
    `The backup "${name}" in ${store.location} is not completed: it is still in progress, or was interrupted`,
    {
      remedy: `Wait for the run that writes it, or back the image up again: its blocks are reused.`,
    },
  );
}

/** Every config blob of a store, by name. Throws rather than show fewer. */
export async function listConfigs(store: BackupStore, context: OperationContext): Promise<Map<string, BlobInfo>> {
  const configs = new Map<string, BlobInfo>();
  for await (const info of store.list(context.format.configsPrefix, context)) {
    const name = context.format.parseConfigKey(info.key);
    if (name !== undefined) configs.set(name, info);
  }
  return configs;
}
