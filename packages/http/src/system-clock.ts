import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@hayloft/engine';

/** The machine's own time, for callers that are given no clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, { signal }) {
    signal.throwIfAborted();
    try {
      await delay(ms, undefined, { signal });
    } catch {
      throw signal.reason;
    }
  },
};
