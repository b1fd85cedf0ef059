import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@hayloft/engine';

/** Longer sleeps are those of a lock's holder, who must not hurry: others go by the times it keeps. */
const patienceMs = 15_000;
const haste = 100;

/**
 * The real clock, on which the pauses before another try and the settling of locks pass a hundred times as fast. The
 * servers of the tests are quick, and list what they have.
 */
export const hastyClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, { signal }) {
    signal.throwIfAborted();
    try {
      await delay(ms < patienceMs ? ms / haste : ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
