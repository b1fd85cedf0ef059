import { isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupStore } from '../contracts/store.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { listConfigs, readConfig } from './read-config.ts';
import { summarise } from './summary.ts';
import type { BackupSummary } from './summary.ts';

/** One backup, complete or in progress. `BACKUP_NOT_FOUND`, `STORE_INVALID`. */
export async function inspectBackup(
  store: BackupStore,
  name: string,
  context: OperationContext,
): Promise<BackupSummary> {
  return summarise(await readConfig(store, name, context), store, context.format);
}

/** Every backup of a store by name. One whose config cannot be read is shown as Unknown, with the reason. */
export async function listBackups(store: BackupStore, context: OperationContext): Promise<BackupSummary[]> {
  const backups: BackupSummary[] = [];
  const names = (await listConfigs(store, context)).keys();
  await mapConcurrently(names, context.concurrency, async (name) => {
    try {
      backups.push(await inspectBackup(store, name, context));
    } catch (error) {
      if (isBackupError(error, 'BACKUP_NOT_FOUND')) return; // deleted since the listing
      if (!isBackupError(error, 'STORE_INVALID', 'USAGE_INVALID')) throw error;
      backups.push(unreadable(name, error.message, store, context));
    }
  });
  return backups.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function unreadable(name: string, message: string, store: BackupStore, { format }: OperationContext): BackupSummary {
  const unknown = { checksum: '', compression: '', createdAt: '', completedAt: '', secret: '', secretNamespace: '' };
  const url = format.backupUrl(store.location, name);
  return {
    name,
    url,
    target: store.location,
    state: 'Unknown',
    sizeBytes: 0,
    labels: {},
    ...unknown,
    blocks: { total: 0, unique: 0 },
    message,
  };
}
