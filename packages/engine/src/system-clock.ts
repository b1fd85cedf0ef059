import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './contracts/context.ts';

/** This machine's own clock, for whoever assembles; operations are given one. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, { signal }) => {
    signal.throwIfAborted();
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted(); // Node wraps the reason in an error of its own
      throw error;
    }
  },
};
