import { BackupError, isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupConfig } from '../contracts/format.ts';
import type { BackupStore } from '../contracts/store.ts';
import { readConfigIfThere } from './read-config.ts';
import { isSameImage } from './same-image.ts';

/**
 * Puts a complete config: from here the backup exists. The last put of a run.
 *
 * Another run may have published the same name since this one looked: then its config stands, and this run ends well
 * only if both name the same bytes. Returns the config that stands.
 */
export async function publishConfig(
  store: BackupStore,
  config: BackupConfig,
  context: OperationContext,
): Promise<BackupConfig> {
  const { format, signal } = context;
  const key = format.configKey(config.name);
  const bytes = format.encodeConfig(config);
  for (;;) {
    const standing = await readConfigIfThere(store, config.name, context);
    if (standing !== undefined && standing.completedAt !== '') {
      if (isSameImage(standing.blocks, config.blocks, format)) return standing;
      throw new BackupError(
        'EXISTS_WITH_OTHER_CONTENT',
        `Another run has just backed up other content as "${config.name}" to ${store.location}`,
        {
          remedy: 'Choose another name for one of them.',
        },
      );
    }
    try {
      // A config in progress is what an interrupted run of Longhorn left; it is replaced in place.
      const ifAbsent = store.capabilities.conditionalPut && standing === undefined;
      await store.put(key, bytes, { signal, ifAbsent });
      return config;
    } catch (error) {
      if (!isBackupError(error, 'BLOB_EXISTS')) throw error;
    }
  }
}
