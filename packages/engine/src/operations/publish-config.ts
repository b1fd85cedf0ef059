import { BackupError, isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupConfig } from '../contracts/format.ts';
import type { BackupStore } from '../contracts/store.ts';
import type { HeldLock } from '../locks/lock.ts';
import { readConfigIfThere } from './read-config.ts';
import { isSameImage } from './same-image.ts';
import { settleListing } from './settle-listing.ts';

export interface Published<Result> {
  readonly result: Result;
  /**
   * The lock stood until the config was put. If it lapsed around that very moment (a machine that fell asleep), somebody
   * may have collected blocks meanwhile: the run must be made again, and heals.
   */
  readonly held: boolean;
}

/**
 * Puts a complete config: from here the backup exists. The last put of a run.
 *
 * Another run may have published the same name since this one looked: then its config stands, and this run ends well
 * only if both name the same bytes. Answers with the config that stands.
 */
export async function publishConfig(
  store: BackupStore,
  config: BackupConfig,
  lock: HeldLock,
  context: OperationContext,
): Promise<Published<BackupConfig>> {
  const { format, signal } = context;
  const key = format.configKey(config.name);
  const bytes = format.encodeConfig(config);
  await lock.confirm();
  for (;;) {
    const standing = await readConfigIfThere(store, config.name, context);
    if (standing !== undefined && standing.completedAt !== '') {
      if (isSameImage(standing.blocks, config.blocks, format)) {
        return { result: standing, held: await stillHeld(store, lock, context) };
      }
      throw new BackupError(
        'EXISTS_WITH_OTHER_CONTENT',
        `Another run has just backed up other content as "${config.name}" to ${store.location}`,
        { remedy: 'Choose another name for one of them.' },
      );
    }
    lock.assertFresh();
    try {
      // A config in progress is what an interrupted run of Longhorn left; it is replaced in place.
      const ifAbsent = store.capabilities.conditionalPut && standing === undefined;
      await store.put(key, bytes, { signal, ifAbsent });
      return { result: config, held: await stillHeld(store, lock, context) };
    } catch (error) {
      if (!isBackupError(error, 'BLOB_EXISTS')) throw error;
    }
  }
}

async function stillHeld(store: BackupStore, lock: HeldLock, context: OperationContext): Promise<boolean> {
  try {
    await settleListing(store, context);
    await lock.confirm();
    return true;
  } catch (error) {
    if (isBackupError(error, 'LOCK_LOST')) return false;
    throw error;
  }
}

/** A machine does not fall asleep at the same moment for ever. */
const attemptsMax = 3;

/** Makes a run again until its lock stood to the end; what the first one stored is reused, what is gone is put again. */
export async function untilHeld<Result>(
  run: () => Promise<Published<Result>>,
  context: OperationContext,
): Promise<Result> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const { result, held } = await run();
    if (held) return result;
    context.logger.warn('the lock lapsed while the backup was completed: it is checked and healed once more');
  }
  throw new BackupError('LOCK_LOST', 'the lock lapsed again and again while the backup was completed', {
    remedy: 'Run the same command again: what is missing is then stored again.',
  });
}
