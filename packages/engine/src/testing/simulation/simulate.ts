import type { BackupFormat } from '../../contracts/format.ts';
import { createPlainFormat } from '../plain-format.ts';
import { createPlainPipeline } from '../plain-pipeline.ts';
import { seededRandom } from '../seeded-random.ts';
import { perform } from './actors.ts';
import type { Deed, Stage } from './actors.ts';
import { settleAccounts } from './epilogue.ts';
import { faultsOfStore } from './invariants.ts';
import { backUpAsLonghorn } from './longhorn-like.ts';
import type { Mutation } from './mutation.ts';
import type { Weather } from './weather.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

export interface SimulationOptions {
  /** The plain one with blocks of 64 bytes if not given. */
  readonly format?: BackupFormat | undefined;
  /** Decided by the caller instead of the seed. */
  readonly weather?: Partial<Weather> | undefined;
  /** Told what happens, line by line. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** A bug to be found. */
  readonly mutation?: Mutation | undefined;
}

export interface SimulationReport {
  readonly seed: number;
  /** What must not have happened; empty for a run that is right. */
  readonly violations: readonly string[];
  /** How often which deed had which end. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly virtualMs: number;
}

const { signal } = new AbortController();

/**
 * Lets several programs work on one store at once, in the weather that the seed decides, and checks what they leave and
 * what they say. The same seed gives the same run.
 */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationReport> {
  const format = options.format ?? createPlainFormat();
  const world = createWorld(seededRandom(seed), { ...options, format });
  const { clock } = world;
  const stage: Stage = {
    world,
    pipelineOver: createPlainPipeline,
    mutation: options.mutation ?? {},
    outcomes: new Map(),
    violations: [],
  };
  if (world.weather.leftovers) await leaveMess(world);
  await Promise.all(drawCast(world).map((actor) => act(stage, actor)));
  stage.violations.push(...(await faultsOfStore(world)));
  await settleAccounts(stage);
  return { seed, violations: stage.violations, outcomes: stage.outcomes, virtualMs: clock.monotonic() };
}

/** A machine on which one program runs after the other, with pauses of up to so long. */
interface Actor {
  readonly deeds: readonly Deed[];
  readonly pauseMsMax: number;
}

function drawCast({ random, weather }: World): Actor[] {
  const deeds: Deed[] = ['backup', 'backup', 'backup', 'restore', 'prune', 'remove'];
  if (weather.longhorn) deeds.push('longhorn-backup', 'longhorn-remove');
  const cast: Actor[] = Array.from({ length: random.integer(2, 4) }, () => ({
    deeds: Array.from({ length: random.integer(1, 3) }, () => random.pick(deeds)),
    pauseMsMax: random.pick([100, 5_000, 60_000]),
  }));
  // Somebody backs up, and somebody cleans up now and then: also while a process is stopped.
  cast.push({ deeds: ['backup', 'backup'], pauseMsMax: 5_000 });
  cast.push({ deeds: ['prune', 'remove', 'prune', 'prune'], pauseMsMax: random.pick([3_000, 250_000]) });
  return cast;
}

async function act(stage: Stage, { deeds, pauseMsMax }: Actor): Promise<void> {
  const { clock, random: shared } = stage.world;
  const random = shared.fork();
  for (const deed of deeds) {
    await clock.sleep(random.next() * pauseMsMax, { signal });
    await perform(stage, deed, random.fork());
  }
}

/** A program that syncs nothing dies in the middle of a backup, and the power with it. */
async function leaveMess(world: World): Promise<void> {
  const { random, clock, format } = world;
  const store = world.openStore('careless', { synced: false });
  const [name, images] = random.pick([...world.images]);
  const program = { store, clock, format, name: 'lock-00000000' };
  const record = { name: program.name, type: random.pick(['backup', 'deletion'] as const), acquired: true };
  await store.put(format.lock.key(program.name), format.lock.encode(record), { signal });
  await backUpAsLonghorn(program, name, images[0]!, random.integer(0, 6));
  if (standsComplete(world, name)) await store.delete(format.configKey(name), { signal });
  world.blobs.cutPower(random.fork());
  await clock.sleep(random.pick([0, 600_000, 48 * 3_600_000]), { signal });
}

/** Power cuts may empty blocks of a backup that was complete; such a one is lost by its own program's fault. */
function standsComplete({ blobs, format }: World, name: string): boolean {
  const bytes = blobs.peek(format.configKey(name));
  return bytes !== undefined && format.decodeConfig(bytes, name).completedAt !== '';
}
