import { isBackupError, type CallOptions, type Clock } from '@hayloft/engine';
import { refusalOf } from './translate-status.ts';

export interface BackoffPolicy {
  /** Failures in a row after which the last one is thrown. */
  readonly failuresMax: number;
  readonly delayMsFirst: number;
  readonly delayMsMax: number;
}

/** For a transfer under way: rides out about a minute of silence. */
export const patientBackoff: BackoffPolicy = { failuresMax: 10, delayMsFirst: 500, delayMsMax: 30_000 };
/** Before anything was achieved: a mistyped host should be reported within seconds. */
export const briefBackoff: BackoffPolicy = { failuresMax: 4, delayMsFirst: 500, delayMsMax: 2_000 };

/** A server that wants to be left alone for longer than this is not waited for. */
export const retryAfterMsMax: number = 5 * 60_000;

/** The waits between attempts: exponential with full jitter, never shorter than a `Retry-After`. */
export interface Backoff {
  /** Waits until the next attempt is due, or throws `error` when there should be none. */
  wait(error: unknown, options: CallOptions): Promise<void>;
  /** Something was achieved: the next failure is the first one again. */
  reset(): void;
}

export interface BackoffTools {
  readonly clock: Pick<Clock, 'sleep'>;
  /** In [0, 1). */
  readonly random: () => number;
  /** Told before each wait. */
  readonly onRetry?: ((error: unknown, delayMs: number) => void) | undefined;
}

export function createBackoff(policy: BackoffPolicy, tools: BackoffTools): Backoff {
  let failures = 0;
  return {
    async wait(error, options) {
      options.signal.throwIfAborted();
      failures++;
      if (!isBackupError(error) || !error.retryable || failures >= policy.failuresMax) throw error;
      const askedMs = refusalOf(error)?.retryAfterMs ?? 0;
      if (askedMs > retryAfterMsMax) throw error;
      const jitterMs = tools.random() * Math.min(policy.delayMsMax, policy.delayMsFirst * 2 ** (failures - 1));
      // Added, not the larger of the two: clients told the same time would all come back in the same moment.
      const delayMs = askedMs + jitterMs;
      tools.onRetry?.(error, delayMs);
      await tools.clock.sleep(delayMs, options);
    },
    reset() {
      failures = 0;
    },
  };
}
