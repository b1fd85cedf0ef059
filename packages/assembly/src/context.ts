import { randomBytes } from 'node:crypto';
import type { BackupStore, BlockPipeline, CallOptions, OperationContext, Progress } from '@hayloft/engine';
import { longhornFormat } from '@hayloft/longhorn-format';
import type { Assembly } from './assembly.ts';
import { openStoreMemory } from './store-memory.ts';
import { systemClock } from '@hayloft/engine';

export interface ContextOptions extends CallOptions {
  readonly pipeline: BlockPipeline;
  /** The store that is written or locked, to remember what was proven there. */
  readonly store?: BackupStore | undefined;
  readonly concurrency?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What every operation of the engine is given, from this machine's clock, randomness and memory. */
export async function createContext(assembly: Assembly, options: ContextOptions): Promise<OperationContext> {
  const { signal, pipeline, store, onProgress } = options;
  const { logger, places, configuration } = assembly;
  const memory = store === undefined ? undefined : await openStoreMemory(places.state, store.location, logger);
  return {
    signal,
    format: longhornFormat,
    pipeline,
    clock: systemClock,
    logger,
    randomBytes: (length) => randomBytes(length),
    concurrency: options.concurrency ?? configuration.limits.concurrency,
    onProgress,
    memory,
  };
}
