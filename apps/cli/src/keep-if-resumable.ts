import { isBackupError } from '@hayloft/engine';
import type { ImageTarget } from '@hayloft/engine';

const discardTimeoutMs = 30_000;

/**
 * Runs the making of a file. What an interruption or an outage leaves stays for the next run of the same command; what
 * failed for good (wrong bytes, no space, a name that is taken) leaves nothing.
 */
export async function keepIfResumable<Result>(target: ImageTarget, make: () => Promise<Result>): Promise<Result> {
  try {
    return await make();
  } catch (error) {
    if (isBackupError(error) && !error.retryable && !isBackupError(error, 'STORE_LOCKED', 'LOCK_LOST')) {
      await target.restart({ signal: AbortSignal.timeout(discardTimeoutMs) });
    }
    throw error;
  }
}
