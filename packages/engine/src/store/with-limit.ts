import type { Clock } from '../contracts/context.ts';
import type { BackupStore, CallOptions } from '../contracts/store.ts';
import { overStore } from './over-store.ts';
import { Slots } from './slots.ts';

export interface LimitOptions {
  /** Calls in flight at once; the store's own `concurrencyMax` lowers it. */
  readonly concurrency: number;
  /** Averages; a single blob goes at full speed and the next one waits. */
  readonly uploadBytesPerSecond?: number | undefined;
  readonly downloadBytesPerSecond?: number | undefined;
  readonly clock: Clock;
}

/** Bounds what a store is asked at once and how many bytes go over the wire. */
export function withLimit(store: BackupStore, options: LimitOptions): BackupStore {
  const { uploadBytesPerSecond, downloadBytesPerSecond, clock } = options;
  const slots = new Slots(Math.min(options.concurrency, store.capabilities.concurrencyMax));
  const upload = new Pace(uploadBytesPerSecond, clock);
  const download = new Pace(downloadBytesPerSecond, clock);
  const isPaced = uploadBytesPerSecond !== undefined || downloadBytesPerSecond !== undefined;

  return overStore(store, {
    // Worker threads that write the files themselves would go around the pace.
    directory: isPaced ? undefined : store.directory,
    put: (key, data, put) =>
      slots.run(async () => {
        await upload.take(data.length, put);
        await store.put(key, data, put);
      }, put),
    get: (key, get) =>
      slots.run(async () => {
        const data = await store.get(key, get);
        await download.take(data.length, get); // the size is known only now: the next one pays
        return data;
      }, get),
    stat: (key, call) => slots.run(() => store.stat(key, call), call),
    // A slot is held for each step, not for the whole listing: who reads blobs while listing would wait for itself.
    list: async function* (prefix, call) {
      const listing = store.list(prefix, call)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const step = await slots.run(() => listing.next(), call);
          if (step.done === true) return;
          yield step.value;
        }
      } finally {
        await listing.return?.();
      }
    },
    delete: (key, call) => slots.run(() => store.delete(key, call), call),
  });
}

/** Spreads bytes over time: each taker waits until those before it are paid for. */
class Pace {
  readonly #bytesPerSecond: number | undefined;
  readonly #clock: Clock;
  #freeAtMs = 0;

  constructor(bytesPerSecond: number | undefined, clock: Clock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  async take(bytes: number, options: CallOptions): Promise<void> {
    if (this.#bytesPerSecond === undefined) return;
    const nowMs = this.#clock.monotonic();
    const startMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = startMs + (bytes * 1000) / this.#bytesPerSecond;
    if (startMs > nowMs) await this.#clock.sleep(startMs - nowMs, options);
  }
}
