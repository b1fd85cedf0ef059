import { BackupError } from '../errors.ts';
import type { Clock } from '../contracts/context.ts';
import type { BackupStore, BlobInfo, BlobKey, CallOptions } from '../contracts/store.ts';
import type { SeededRandom } from './seeded-random.ts';

export type StoreVerb = 'put' | 'get' | 'stat' | 'list' | 'delete';

/** How often which fault strikes; a probability not given is 0. Draw them per seed: fixed small rates find little. */
export interface FaultPlan {
  readonly random: SeededRandom;
  readonly clock: Clock;
  /** `STORE_UNAVAILABLE` before the call has any effect. */
  readonly errorBefore?: number;
  /** `STORE_UNAVAILABLE` although the call took effect. */
  readonly errorAfter?: number;
  /** A listing that fails after it has yielded some of its blobs. */
  readonly listBreaks?: number;
  /** A `get` whose answer is cut short: of the keys that `truncates` names, all by default. */
  readonly truncatedGet?: number;
  readonly truncates?: (key: BlobKey) => boolean;
  /** Each way of each call takes up to this long, so that calls overtake each other. */
  readonly latencyMsMax?: number;
  /** The process dies when it makes this call (the first is 1): before or after its effect, by chance. */
  readonly killAtCall?: number;
  /** Which calls may fail; all by default. Latency and death come to every call. */
  readonly strikes?: (verb: StoreVerb, key: BlobKey) => boolean;
}

export interface FaultyStore extends BackupStore {
  /** From now on nothing takes effect and no call ever answers: the process that held this store is gone. */
  kill(): void;
  /** Resolves when the process is dead. */
  readonly killed: Promise<void>;
  /** Calls made and faults injected so far. */
  readonly counts: { readonly calls: number; readonly faults: number };
}

/** One process's view of a store over a bad network, by a plan that a seed decides. */
export function createFaultyStore(store: BackupStore, plan: FaultPlan): FaultyStore {
  const { random, clock } = plan;
  const { promise: killed, resolve: announceDeath } = Promise.withResolvers<void>();
  let dead = false;
  let calls = 0;
  let faults = 0;

  const kill = (): void => {
    dead = true;
    announceDeath();
  };
  const forever = new Promise<never>(() => {});

  const travel = async (options: CallOptions): Promise<void> => {
    if (dead) await forever;
    const ms = plan.latencyMsMax === undefined ? 0 : random.next() * plan.latencyMsMax;
    if (ms > 0) await clock.sleep(ms, options);
    if (dead) await forever;
  };

  const strike = (probability: number | undefined, verb: StoreVerb, key: BlobKey, when: string): void => {
    if (plan.strikes?.(verb, key) === false || !random.chance(probability ?? 0)) return;
    faults++;
    throw new BackupError('STORE_UNAVAILABLE', `${verb} "${key}" failed ${when}`, { remedy: 'Try again.' });
  };

  const call = async <Answer>(
    verb: StoreVerb,
    key: BlobKey,
    options: CallOptions,
    effect: () => Promise<Answer>,
  ): Promise<Answer> => {
    const last = ++calls === plan.killAtCall;
    await travel(options);
    if (last && random.chance(0.5)) kill();
    if (dead) await forever;
    strike(plan.errorBefore, verb, key, 'on its way');
    const answer = await effect();
    if (last) kill();
    await travel(options);
    strike(plan.errorAfter, verb, key, 'on its way back');
    return answer;
  };

  return {
    location: store.location,
    capabilities: store.capabilities,
    killed,
    kill,
    get counts() {
      return { calls, faults };
    },
    put: (key, data, options) => call('put', key, options, () => store.put(key, data, options)),
    get: async (key, options) => {
      const data = await call('get', key, options, () => store.get(key, options));
      const cut = data.length > 0 && plan.truncates?.(key) !== false && random.chance(plan.truncatedGet ?? 0);
      if (!cut) return data;
      faults++;
      return data.slice(0, random.integer(0, data.length - 1));
    },
    stat: (key, options) => call('stat', key, options, () => store.stat(key, options)),
    list: async function* (prefix, options) {
      const infos = await call('list', prefix, options, async () => {
        const found: BlobInfo[] = [];
        for await (const info of store.list(prefix, options)) found.push(info);
        return found;
      });
      for (const info of infos) {
        yield info;
        options.signal.throwIfAborted();
        if (dead) await forever;
        strike((plan.listBreaks ?? 0) / infos.length, 'list', prefix, 'midway');
      }
    },
    delete: (key, options) => call('delete', key, options, () => store.delete(key, options)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
