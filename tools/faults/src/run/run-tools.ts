import { randomBytes } from 'node:crypto';
import {
  backup,
  silentLogger,
  withLimit,
  withRetry,
  type BackupStore,
  type BlockPipeline,
  type OperationContext,
} from '@hayloft/engine';
import { seededRandom } from '@hayloft/engine/testing';
import { longhornFormat } from '@hayloft/longhorn-format';
import { hastyClock } from './hasty-clock.ts';
import { sourceOf, type Images, type KnownImage } from './images.ts';
import type { Place } from './store-under-test.ts';

export interface RunTools {
  readonly images: Images;
  readonly pipeline: BlockPipeline;
}

/** Calls at once: enough that answers overtake each other, and few enough that a short row of faults meets one call twice. */
const concurrency = 4;

/** A store as the assembly wraps it, but for the pace of the clock. */
export function dress(store: BackupStore): BackupStore {
  const random = seededRandom(1);
  const limited = withLimit(store, { concurrency, clock: hastyClock });
  return withRetry(limited, {
    attempts: 5,
    baseMs: 500,
    capMs: 10_000,
    clock: hastyClock,
    random: () => random.next(),
    logger: silentLogger,
  });
}

export function contextFor(pipeline: BlockPipeline, signal: AbortSignal): OperationContext {
  return {
    signal,
    format: longhornFormat,
    pipeline,
    clock: hastyClock,
    logger: silentLogger,
    randomBytes: (length) => randomBytes(length),
    concurrency,
  };
}

export async function backUp(store: BackupStore, image: KnownImage, context: OperationContext): Promise<void> {
  const { name } = image;
  await backup({ store, source: sourceOf(image), name, compression: { fallback: 'lz4' } }, context);
}

/** Puts `hay` into an empty place over a sound network, and has every listing asked for once. */
export async function prepare(place: Place, { images, pipeline }: RunTools): Promise<void> {
  const { signal } = new AbortController();
  await using store = await place.open('through', signal);
  await backUp(dress(store), images.hay, contextFor(pipeline, signal));
  const { configsPrefix, blocksPrefix, lock } = longhornFormat;
  for (const prefix of [configsPrefix, blocksPrefix, lock.prefix]) {
    for await (const _info of store.list(prefix, { signal }));
  }
  place.rememberListings();
}
