import type { BackupFormat } from '../../contracts/format.ts';
import type { BackupStore } from '../../contracts/store.ts';
import { sampleImage } from '../../conformance/sample-image.ts';
import type { SampleImage } from '../../conformance/sample-image.ts';
import { overStore } from '../../store/over-store.ts';
import { createMemoryStore } from '../memory-store.ts';
import type { MemoryBlobs } from '../memory-store.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { createVirtualClock } from '../virtual-clock.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { drawWeather } from './weather.ts';
import type { Weather } from './weather.ts';

/** Everything outside the processes: one store, one time, the images that there are, and what happened to the configs. */
export interface World {
  readonly random: SeededRandom;
  readonly weather: Weather;
  readonly clock: VirtualClock;
  readonly format: BackupFormat;
  readonly blobs: MemoryBlobs;
  /** The image of each name, and for some names a second image that somebody may back up under it too. */
  readonly images: ReadonlyMap<string, readonly SampleImage[]>;
  /** The view of the store that a process of this name has, without faults. */
  readonly openStore: (process: string, options?: { readonly synced?: boolean }) => BackupStore;
  /** Tells what happens, for somebody who reads one seed's run. */
  readonly tell: (line: string) => void;
  /** When a config of this name was last put or deleted, by whoever; -1 for never. */
  readonly lastPut: (name: string) => number;
  readonly lastDelete: (name: string) => number;
}

export interface WorldOptions {
  readonly format: BackupFormat;
  /** Decided by the caller instead of the seed. */
  readonly weather?: Partial<Weather> | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

export function createWorld(random: SeededRandom, options: WorldOptions): World {
  const { format, onLine } = options;
  const weather = { ...drawWeather(random), ...options.weather };
  const clock = createVirtualClock();
  const { blobs } = createMemoryStore({ now: () => storeTime(clock, weather) });
  const [puts, deletes] = [new Map<string, number>(), new Map<string, number>()];
  const note = (events: Map<string, number>, key: string): void => {
    const name = format.parseConfigKey(key);
    if (name !== undefined) events.set(name, clock.monotonic());
  };
  const tell = (line: string): void => onLine?.(`${(clock.monotonic() / 1000).toFixed(3)} ${line}`);
  tell(`weather ${JSON.stringify(weather)}`);
  const { consistentListing, conditionalPut, listingLagMs } = weather;
  const capabilities = { consistentListing, conditionalPut };

  return {
    random,
    weather,
    clock,
    format,
    blobs,
    images: drawImages(random, format),
    tell,
    openStore: (process, { synced = true } = {}) => {
      const store = createMemoryStore({ blobs, capabilities, listingLagMs, synced });
      return overStore(store, {
        put: async (key, data, options) => {
          await store.put(key, data, options);
          tell(`${process} put ${key} (${data.length} bytes)`);
          note(puts, key);
        },
        list: async function* (prefix, options) {
          let found = 0;
          for await (const info of store.list(prefix, options)) {
            found++;
            yield info;
          }
          tell(`${process} listed ${prefix} (${found} blobs)`);
        },
        delete: async (key, options) => {
          const stood = blobs.peek(key) !== undefined;
          await store.delete(key, options);
          tell(`${process} deleted ${key}${stood ? '' : ', which was not there'}`);
          if (stood) note(deletes, key);
        },
      });
    },
    lastPut: (name) => puts.get(name) ?? -1,
    lastDelete: (name) => deletes.get(name) ?? -1,
  };
}

function storeTime(clock: VirtualClock, { storeSkewMs, timeStepMs }: Weather): number {
  return Math.floor((clock.now() + storeSkewMs) / timeStepMs) * timeStepMs;
}

/** Few kinds of blocks, so that images share many. */
function drawImages(random: SeededRandom, { blockSizeBytes }: BackupFormat): Map<string, SampleImage[]> {
  const unit = Math.max(1, 512 / blockSizeBytes); // an image is a multiple of 512 bytes
  const letters = 'AAABCDEFGH..0'.slice(random.integer(0, 4));
  const draw = (): SampleImage => {
    const count = unit * random.integer(1, blockSizeBytes < 512 ? 2 : 4);
    return sampleImage(Array.from({ length: count }, () => random.pick([...letters])).join(''), blockSizeBytes);
  };
  const names = Array.from({ length: random.integer(2, 4) }, (_, index) => `image-${index}`);
  return new Map(names.map((name) => [name, random.chance(0.3) ? [draw(), draw()] : [draw()]]));
}
