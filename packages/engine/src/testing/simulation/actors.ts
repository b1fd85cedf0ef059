import type { OperationContext } from '../../contracts/context.ts';
import { silentLogger } from '../../contracts/context.ts';
import { isBackupError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import type { SampleImage } from '../../conformance/sample-image.ts';
import { createFaultyStore } from '../faulty-store.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { faultOfConfig, imageOf, standingConfig } from './invariants.ts';
import { asLonghorn, backUpAsLonghorn, removeAsLonghorn } from './longhorn-like.ts';
import { honestOperations } from './mutation.ts';
import type { Mutation, PipelineMaker } from './mutation.ts';
import { startProcess } from './process.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

export type Deed = 'backup' | 'restore' | 'prune' | 'remove' | 'longhorn-backup' | 'longhorn-remove';

/** What the actors of one run have in common. */
export interface Stage {
  readonly world: World;
  readonly pipelineOver: PipelineMaker['pipelineOver'];
  readonly mutation: Mutation;
  /** `backup done`, `backup killed`, `backup STORE_LOCKED` and so on, each with how often. */
  readonly outcomes: Map<string, number>;
  readonly violations: string[];
}

/** Carries out one deed in a process of its own, and judges what it says of itself. */
export async function perform(stage: Stage, deed: Deed, random: SeededRandom): Promise<void> {
  const { world, outcomes, violations } = stage;
  const begunAt = world.clock.monotonic();
  const name = random.pick([...world.images.keys()]);
  const title = `${deed}-${name}-${random.integer(100, 999)}`;
  const finish = (outcome: string): void => {
    world.tell(`${title} ends: ${outcome}`);
    count(outcomes, `${deed} ${outcome}`);
  };
  world.tell(`${title} begins`);
  if (deed === 'longhorn-backup' || deed === 'longhorn-remove') {
    finish(await performAsLonghorn(world, deed, name, title, random));
    return;
  }
  const process = startProcess(world, title, random);
  const run = doIt(stage, deed, name, process, begunAt).then(
    (fault) => {
      if (fault !== undefined) violations.push(`${deed} "${name}" ended well, but ${fault}`);
      return 'done';
    },
    (error: unknown) => {
      if (!isBackupError(error)) throw error;
      const fault = faultOfFailure(world, name, error.code, begunAt);
      if (fault !== undefined)
        violations.push(`${deed} "${name}" ended with ${error.code}: ${error.message}; ${fault}`);
      return error.code;
    },
  );
  finish(await Promise.race([run, process.killed.then(() => 'killed')]));
}

/** The context of a process, with the planted bug in it. */
export function contextOf({ world, pipelineOver, mutation }: Stage, process: Process): OperationContext {
  const honest: OperationContext = {
    format: world.format,
    pipeline: pipelineOver(world.format),
    clock: process.clock,
    logger: silentLogger,
    randomBytes: (length) => process.random.bytes(length),
    concurrency: process.random.integer(1, 4),
    signal: new AbortController().signal,
  };
  return mutation.context?.({ ...honest, pipelineOver }) ?? honest;
}

/** Resolves when the operation says that it ended well, to what is untrue about that. */
async function doIt(
  stage: Stage,
  deed: 'backup' | 'restore' | 'prune' | 'remove',
  name: string,
  process: Process,
  begunAt: number,
): Promise<string | undefined> {
  const { world, mutation } = stage;
  const { random } = process;
  const context = contextOf(stage, process);
  const store = mutation.store?.(process.store, context) ?? process.store;
  const operations = { ...honestOperations, ...mutation.operations };
  switch (deed) {
    case 'backup': {
      const image = random.pick(world.images.get(name)!);
      const compression = { fallback: world.format.methods[0]! };
      await operations.backup(
        { store, name, compression, source: image.source(), verifyReused: random.chance(0.3) },
        context,
      );
      return await faultOfBackup(world, name, image, begunAt);
    }
    case 'restore': {
      const parts: Uint8Array[] = [];
      const write = async (bytes: Uint8Array): Promise<void> => void parts.push(Uint8Array.from(bytes));
      await operations.restore({ store, name, sink: { kind: 'stream', write } }, context);
      return imageOf(world, name, Buffer.concat(parts)) ? undefined : 'gave bytes that nobody backed up';
    }
    case 'prune':
      await operations.prune({ store, dryRun: false, evenWithoutBackups: random.chance(0.5) }, context);
      return undefined;
    case 'remove': {
      await operations.remove({ store, name, dryRun: false }, context);
      const stands = standingConfig(world, name) !== undefined && world.lastPut(name) < begunAt;
      return stands ? 'the backup is still there' : undefined;
    }
  }
}

async function faultOfBackup(
  world: World,
  name: string,
  image: SampleImage,
  begunAt: number,
): Promise<string | undefined> {
  const config = standingConfig(world, name);
  const deleted = world.lastDelete(name) >= begunAt;
  if (config === undefined) return deleted ? undefined : 'there is no backup';
  const fault = await faultOfConfig(world, config);
  if (fault !== undefined || deleted) return fault;
  // Two runs of one name at one moment cannot tell without conditional puts: the later config stands (docs/invariants.md).
  if (config.checksum === image.checksum || !world.weather.conditionalPut) return undefined;
  return 'another image stands under its name';
}

/** A failure that blames the store for something that is not so. */
function faultOfFailure(world: World, name: string, code: ErrorCode, begunAt: number): string | undefined {
  if (code !== 'BLOCK_MISSING' && code !== 'BACKUP_NOT_FOUND') return undefined;
  const touched = Math.max(world.lastDelete(name), world.lastPut(name)) >= begunAt;
  if (touched || standingConfig(world, name) === undefined) return undefined;
  return 'the backup was there all the time';
}

/** Longhorn's programs see no errors: they would take them for absence, and that is Longhorn's own affair. */
async function performAsLonghorn(
  world: World,
  deed: 'longhorn-backup' | 'longhorn-remove',
  name: string,
  title: string,
  random: SeededRandom,
): Promise<string> {
  const { weather, clock, format } = world;
  const store = createFaultyStore(world.openStore(title), {
    random: random.fork(),
    clock,
    latencyMsMax: weather.latencyMsMax,
    ...(random.chance(weather.killChance) ? { killAtCall: random.integer(1, 40) } : {}),
  });
  // Longhorn reads a lock's age off its own clock, so that has to be near the store's.
  const local = clock.skewed(weather.storeSkewMs + random.integer(-5_000, 5_000));
  const lock = `lock-${Buffer.from(random.bytes(8)).toString('hex')}`;
  const program = { store, clock: local, format, name: lock };
  const own = `longhorn-${name}`;
  const work =
    deed === 'longhorn-backup'
      ? () => asLonghorn(program, 'backup', () => backUpAsLonghorn(program, own, world.images.get(name)![0]!))
      : () => asLonghorn(program, 'deletion', () => removeAsLonghorn(program, random.pick([name, own])));
  return await Promise.race([work(), store.killed.then(() => 'killed')]);
}

export function count(outcomes: Map<string, number>, outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}
