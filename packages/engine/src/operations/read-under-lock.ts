import { isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupStore } from '../contracts/store.ts';
import { startLock } from '../locks/lock.ts';

/**
 * Reads under a shared lock, so that nobody collects the blocks meanwhile. The work begins at once, while the lock
 * settles, and counts only if the lock was got. A store that cannot be written is read without one: what is deleted
 * meanwhile is then found missing, never taken for sound.
 */
export async function readUnderLock<Result>(
  store: BackupStore,
  context: OperationContext,
  work: (locked: OperationContext) => Promise<Result>,
): Promise<Result> {
  const lock = startLock(store, 'backup', context);
  const failed = new AbortController();
  const locked = lock.acquired.catch((error: unknown) => {
    if (isBackupError(error, 'STORE_READ_ONLY', 'ACCESS_DENIED')) {
      context.logger.debug(`reading ${store.location} without a lock: it cannot be written`);
      return;
    }
    failed.abort(error);
    throw error;
  });
  locked.catch(() => {}); // awaited below
  try {
    const result = await work({ ...context, signal: AbortSignal.any([lock.signal, failed.signal]) });
    await locked;
    return result;
  } finally {
    await lock.release();
  }
}
