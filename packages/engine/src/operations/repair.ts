import { BackupError, isBackupError } from '../errors.ts';
import type { BlockDigest } from '../contracts/blocks.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupConfig } from '../contracts/format.ts';
import type { BlockProblem } from '../contracts/pipeline.ts';
import type { ImageSource } from '../contracts/source.ts';
import type { BackupStore } from '../contracts/store.ts';
import { withLock } from '../locks/lock.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { fetchBlock } from './put-missing-blocks.ts';
import { readCompleteConfig } from './read-config.ts';
import { joinOptions } from './restore.ts';

/** Where sound blocks come from: an image (its windows hashed anew), or the pool of another store. */
export type RepairSource =
  | { readonly kind: 'image'; readonly open: () => Promise<ImageSource> }
  | { readonly kind: 'store'; readonly store: BackupStore };

export interface RepairRequest {
  readonly store: BackupStore;
  readonly name: string;
  readonly sources: readonly RepairSource[];
  /** Only say what is damaged and would be written. */
  readonly dryRun?: boolean | undefined;
}

export interface RepairResult {
  readonly name: string;
  readonly url: string;
  /** Nothing is damaged any more (or was). */
  readonly ok: boolean;
  readonly blocks: { readonly damaged: number; readonly healed: number };
  /** What is still damaged. */
  readonly problems: readonly Omit<BlockProblem, 'index'>[];
  readonly dryRun: boolean;
}

/**
 * Heals a backup: reads every block, and writes those that are missing or damaged anew from sources whose bytes match
 * the block's name. Nothing is deleted; what no source has stays reported. `DATA_CORRUPT` is the caller's to raise.
 */
export async function repair(request: RepairRequest, context: OperationContext): Promise<RepairResult> {
  const { store, name, dryRun = false } = request;
  return await withLock(store, 'backup', context, async (locked, lock) => {
    const config = await readCompleteConfig(store, name, locked);
    const damaged = new Map<BlockDigest, BlockProblem>();
    await locked.pipeline.join(
      {
        store,
        config,
        sink: { kind: 'none' },
        wholeDigest: false,
        onProblem: (problem) => damaged.set(problem.digest, problem),
      },
      joinOptions(config, 'verifying', locked),
    );
    const found = damaged.size;
    if (!dryRun) {
      for (const source of request.sources) {
        if (damaged.size === 0) break;
        await lock.confirm();
        for (const digest of await healFrom(source, config, damaged, store, locked)) damaged.delete(digest);
      }
    }
    const problems = [...damaged.values()].map(({ index: _window, ...problem }) => problem);
    const url = locked.format.backupUrl(store.location, name);
    return {
      name,
      url,
      ok: problems.length === 0,
      blocks: { damaged: found, healed: found - damaged.size },
      problems,
      dryRun,
    };
  });
}

type Heal = (digest: BlockDigest, plain: Uint8Array) => Promise<void>;

async function healFrom(
  source: RepairSource,
  config: BackupConfig,
  damaged: ReadonlyMap<BlockDigest, BlockProblem>,
  store: BackupStore,
  context: OperationContext,
): Promise<BlockDigest[]> {
  const { format, signal } = context;
  const healed: BlockDigest[] = [];
  const heal: Heal = async (digest, plain) => {
    const key = format.blockKey(digest);
    await store.put(key, await format.encodeBlock(config.compression, plain), { signal });
    await format.decodeBlock(config.compression, await store.get(key, context), digest); // proven, or it throws
    healed.push(digest);
  };
  if (source.kind === 'store') await healFromStore(source.store, damaged, heal, context);
  else await healFromImage(source.open, config, damaged, heal, context);
  return healed;
}

async function healFromStore(
  from: BackupStore,
  damaged: ReadonlyMap<BlockDigest, BlockProblem>,
  heal: Heal,
  context: OperationContext,
): Promise<void> {
  await mapConcurrently(damaged.keys(), context.concurrency, async (digest) => {
    try {
      await heal(digest, (await fetchBlock(from, digest, context)).plain);
    } catch (error) {
      if (!isBackupError(error, 'BLOB_NOT_FOUND', 'DATA_CORRUPT')) throw error;
      context.logger.info(`${from.location} has no sound block ${digest}`);
    }
  });
}

/** Looks for the damaged blocks at every window of the image: a file's blocks may have moved, but only whole windows. */
async function healFromImage(
  open: () => Promise<ImageSource>,
  config: BackupConfig,
  damaged: ReadonlyMap<BlockDigest, BlockProblem>,
  heal: Heal,
  context: OperationContext,
): Promise<void> {
  const left = new Set(damaged.keys());
  const { blockSizeBytes } = config.blocks;
  const zero = new Map(
    [...new Set([config.blocks.lengthAt(0), config.blocks.lengthAt(config.blocks.count - 1)])].map((length) => [
      context.format.digest(new Uint8Array(length)),
      length,
    ]),
  );
  for (const [digest, length] of zero) if (left.delete(digest)) await heal(digest, new Uint8Array(length));
  await using source = await open();
  for await (const window of windows(source, blockSizeBytes, context.signal)) {
    if (left.size === 0) return;
    const digest = context.format.digest(window);
    if (left.delete(digest)) await heal(digest, window);
  }
}

/** The image's windows that hold data, each in a buffer that is reused. */
async function* windows(source: ImageSource, blockSizeBytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(blockSizeBytes);
  let [fill, offset, hasData] = [0, 0, false];
  for await (const extent of source.extents({ signal })) {
    let left = extent.kind === 'data' ? extent.bytes.byteLength : extent.length;
    let from = 0;
    while (left > 0) {
      if (extent.kind === 'hole' && fill === 0 && left >= blockSizeBytes) {
        const skipped = left - (left % blockSizeBytes);
        [left, offset] = [left - skipped, offset + skipped];
        continue;
      }
      const length = Math.min(left, blockSizeBytes - fill);
      if (extent.kind === 'data') buffer.set(extent.bytes.subarray(from, from + length), fill);
      else buffer.fill(0, fill, fill + length);
      hasData ||= extent.kind === 'data';
      [fill, from, left, offset] = [fill + length, from + length, left - length, offset + length];
      if (fill < blockSizeBytes) continue;
      if (hasData) yield buffer;
      [fill, hasData] = [0, false];
    }
  }
  if (fill > 0 && hasData) yield buffer.subarray(0, fill);
}

/** The error of a repair that left damage behind. */
export function stillDamaged(result: RepairResult): BackupError {
  const { problems, blocks, name } = result;
  return new BackupError(
    'DATA_CORRUPT',
    `${problems.length} of ${blocks.damaged} damaged blocks of "${name}" could not be healed: no source has them`,
    {
      remedy: 'Name a source that has these bytes with --from: an image, its file, or a backup in another store.',
      result,
    },
  );
}
