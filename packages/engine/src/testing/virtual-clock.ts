import { setImmediate } from 'node:timers';
import type { Clock } from '../contracts/context.ts';

export interface VirtualClock extends Clock {
  /** Moves time by `ms`, waking on the way whoever is due, and lets them run. */
  advance(ms: number): Promise<void>;
  /** How many are asleep. */
  readonly sleepers: number;
  /** The same time as seen by a machine whose wall clock is `skewMs` ahead. */
  skewed(skewMs: number): Clock;
}

export interface VirtualClockOptions {
  /** Wall clock at the start; 2030-01-01 if not given. */
  readonly startMs?: number;
  /** Whether time leaps to the next sleeper by itself once everybody else has nothing left to do. True by default. */
  readonly automatic?: boolean;
}

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/**
 * A clock on which hours pass in a moment.
 *
 * "Nothing left to do" means that the microtask queue ran empty: code that waits for a real file or socket is
 * overtaken, which to that code looks like a slow disk.
 */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const startMs = options.startMs ?? Date.UTC(2030, 0, 1);
  const automatic = options.automatic ?? true;
  const queue: Sleeper[] = []; // ascending by wakeAt; equals in order of arrival
  let elapsedMs = 0;
  let leapPlanned = false;

  const planLeap = (): void => {
    if (!automatic || leapPlanned || queue.length === 0) return;
    leapPlanned = true;
    setImmediate(() => {
      leapPlanned = false;
      wakeNext();
      planLeap();
    });
  };

  const wakeNext = (): void => {
    const sleeper = queue.shift();
    if (sleeper === undefined) return;
    elapsedMs = Math.max(elapsedMs, sleeper.wakeAt);
    sleeper.wake();
  };

  const sleep: Clock['sleep'] = (ms, { signal }) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void => {
        queue.splice(queue.indexOf(sleeper), 1);
        // Whatever the reason is, the contract is to reject with it.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        wakeAt: elapsedMs + Math.max(0, ms),
        wake: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      queue.splice(placeFor(queue, sleeper.wakeAt), 0, sleeper);
      planLeap();
    });

  const seenWith = (skewMs: number): Clock => ({
    now: () => startMs + elapsedMs + skewMs,
    monotonic: () => elapsedMs,
    sleep,
  });

  return {
    ...seenWith(0),
    skewed: seenWith,
    get sleepers() {
      return queue.length;
    },
    advance: async (ms) => {
      const untilMs = elapsedMs + ms;
      await microtasksDone();
      while (queue.length > 0 && queue[0]!.wakeAt <= untilMs) {
        wakeNext();
        await microtasksDone();
      }
      elapsedMs = untilMs;
    },
  };
}

/** First place after every sleeper that wakes no later. */
function placeFor(queue: readonly Sleeper[], wakeAt: number): number {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (queue[middle]!.wakeAt <= wakeAt) low = middle + 1;
    else high = middle;
  }
  return low;
}

function microtasksDone(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
