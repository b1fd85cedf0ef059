import { BackupError, pluginContract, type SourcePlugin } from '@hayloft/engine';
import { backupSource, type RestoreOptions } from './backup-source.ts';

/** Source `restore`: a backup in a store, which the app has opened and whose config it has read. */
export const restorePlugin: SourcePlugin<RestoreOptions> = {
  contract: pluginContract,
  kind: 'source',
  type: 'restore',
  summary: 'A backup in a store',
  options: { parse: parseOptions },
  open: async (options) => backupSource(options),
};

/** Live objects cannot be checked any deeper than this; they come from the app, never from a configuration. */
function parseOptions(value: unknown): RestoreOptions {
  const { store, config, format } = (value ?? {}) as Partial<RestoreOptions>;
  if (typeof store?.get !== 'function' || config?.blocks === undefined || typeof format?.decodeBlock !== 'function') {
    throw new BackupError('CONFIGURATION_INVALID', 'options of a restore: "store", "config" or "format" is missing', {
      remedy: 'Name the backup by its URL and let the app open it.',
    });
  }
  if (config.completedAt === '') {
    throw new BackupError('BACKUP_INCOMPLETE', `the backup "${config.name}" in ${store.location} is not complete`, {
      remedy: 'Wait until it is, or run the backup again.',
    });
  }
  return { store, config, format };
}
