import type { Clock } from '../../contracts/context.ts';
import type { BackupStore } from '../../contracts/store.ts';
import { silentLogger } from '../../contracts/context.ts';
import { overStore } from '../../store/over-store.ts';
import { withRetry } from '../../store/with-retry.ts';
import { createFaultyStore } from '../faulty-store.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { World } from './world.ts';

/** One run of the program on some machine: it may die or be stopped for a while at any call. */
export interface Process {
  readonly store: BackupStore;
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Resolves when it is dead; whatever it awaited then never settles. */
  readonly killed: Promise<void>;
}

/** Longer than a lock lives. */
const stallMs = 400_000;
const callsMax = 40;

/** A process with the bad network, the bad luck and the wrong wall clock that the weather has for it. */
export function startProcess(world: World, name: string, random: SeededRandom): Process {
  const { weather, clock, format } = world;
  const killAtCall = random.chance(weather.killChance) ? random.integer(1, callsMax) : undefined;
  const stallAtCall = random.chance(weather.stallChance) ? random.integer(1, callsMax) : undefined;
  const { blocksPrefix: blocks, configsPrefix: configs } = format;
  const prefixOf = { all: '', blocks, configs, locks: format.lock.prefix };
  const faulty = createFaultyStore(world.openStore(name), {
    ...weather,
    random: random.fork(),
    clock,
    strikes: (_verb, key) => key.startsWith(prefixOf[weather.failingArea]),
    truncates: (key) => format.parseBlockKey(key) !== undefined,
    ...(killAtCall === undefined ? {} : { killAtCall }),
  });

  // A stopped process keeps nothing from happening on the network; it only does not hear of it.
  const local = clock.skewed(random.pick([0, 0, -3_600_000, 3_600_000]));
  let runnable = Promise.resolve();
  let calls = 0;
  const stopped = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (++calls === stallAtCall) {
      world.tell(`${name} stops for ${stallMs} ms`);
      runnable = clock.sleep(stallMs, new AbortController());
    }
    await runnable;
    try {
      return await call();
    } finally {
      await runnable;
    }
  };
  const own: Clock = { ...local, sleep: (ms, options) => stopped(() => local.sleep(ms, options)) };
  void faulty.killed.then(() => {
    world.tell(`${name} dies`);
    runnable = new Promise(() => {});
  });

  const stallable = overStore(faulty, {
    put: (key, data, options) => stopped(() => faulty.put(key, data, options)),
    get: (key, options) => stopped(() => faulty.get(key, options)),
    stat: (key, options) => stopped(() => faulty.stat(key, options)),
    list: async function* (prefix, options) {
      const listing = faulty.list(prefix, options)[Symbol.asyncIterator]();
      for (let step = await stopped(() => listing.next()); step.done !== true; step = await listing.next()) {
        yield step.value;
      }
    },
    delete: (key, options) => stopped(() => faulty.delete(key, options)),
  });
  const retry = { attempts: weather.attempts, baseMs: 100, capMs: 2_000, clock: own, logger: silentLogger };
  return {
    store: withRetry(stallable, { ...retry, random: () => random.next() }),
    clock: own,
    random,
    killed: faulty.killed,
  };
}
