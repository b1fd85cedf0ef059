import { BackupError, isBackupError } from '../errors.ts';
import type { BlockDigest } from '../contracts/blocks.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupStore } from '../contracts/store.ts';
import { withLock } from '../locks/lock.ts';
import { publishConfig, untilHeld } from './publish-config.ts';
import type { Published } from './publish-config.ts';
import { fetchBlock, putMissingBlocks } from './put-missing-blocks.ts';
import type { FetchedBlock, PackedBlock } from './put-missing-blocks.ts';
import { readCompleteConfig, readConfigIfThere } from './read-config.ts';
import { readUnderLock } from './read-under-lock.ts';
import { isSameImage } from './same-image.ts';
import { settleListing } from './settle-listing.ts';
import { summarise } from './summary.ts';
import type { BackupSummary } from './summary.ts';
import { rememberProven, surveyPool } from './survey-pool.ts';
import type { MethodWish } from './survey-pool.ts';

export interface CopyRequest {
  readonly from: BackupStore;
  readonly name: string;
  readonly to: BackupStore;
  readonly compression: MethodWish;
}

export interface CopyResult extends Omit<BackupSummary, 'blocks'> {
  readonly blocks: {
    readonly total: number;
    readonly unique: number;
    readonly written: number;
    readonly reused: number;
    readonly healed: number;
  };
  readonly bytes: { readonly written: number };
  readonly durationMs: number;
}

/**
 * Copies a backup from one store to another: each block is proven on the way, those that the other store has are not
 * sent, and packed bytes go over as they are unless its pool is packed in another way.
 */
export async function copy(
  { from, name, to, compression }: CopyRequest,
  context: OperationContext,
): Promise<CopyResult> {
  return await untilHeld(() => copyOnce({ from, name, to, compression }, context), context);
}

async function copyOnce(
  { from, name, to, compression }: CopyRequest,
  context: OperationContext,
): Promise<Published<CopyResult>> {
  const { format, clock } = context;
  const begunAt = clock.monotonic();
  return await readUnderLock(from, context, async (reading) =>
    withLock(to, 'backup', reading, async (locked, lock) => {
      const config = await readCompleteConfig(from, name, locked);
      const standing = await readConfigIfThere(to, name, locked);
      if (
        standing !== undefined &&
        standing.completedAt !== '' &&
        !isSameImage(standing.blocks, config.blocks, format)
      ) {
        throw new BackupError(
          'EXISTS_WITH_OTHER_CONTENT',
          `A backup "${name}" is in ${to.location} already, with other content`,
          {
            remedy: 'Delete that backup first if it is no longer needed.',
          },
        );
      }
      await settleListing(to, locked);
      const pool = await surveyPool(
        to,
        config.blocks.count,
        { fallback: config.compression, ...explicit(compression) },
        locked,
      );
      const fetch = async (digest: BlockDigest): Promise<FetchedBlock> => {
        const block = await fetchFrom(from, digest, locked);
        return format.methodOf(block.packed) === pool.method ? block : { plain: block.plain };
      };
      const target = standing !== undefined && standing.completedAt !== '' ? standing : config;
      const put = await putMissingBlocks(to, target.blocks, pool, fetch, locked);
      const made = { ...config, compression: pool.method };
      const { result: published, held } = await publishConfig(to, made, lock, locked);
      if (held) await rememberProven(to, pool.index, locked);
      const result: CopyResult = {
        ...summarise(published, to, format),
        blocks: { ...published.blocks.counts(), written: put.written, reused: put.reused, healed: put.healed },
        bytes: { written: put.bytesWritten },
        durationMs: Math.round(clock.monotonic() - begunAt),
      };
      return { result, held };
    }),
  );
}

const explicit = ({ explicit, mix }: MethodWish): Partial<MethodWish> =>
  explicit === undefined ? {} : { explicit, mix };

/** A block of the source store; its absence is damage of the backup that names it. */
async function fetchFrom(store: BackupStore, digest: BlockDigest, context: OperationContext): Promise<PackedBlock> {
  try {
    return await fetchBlock(store, digest, context);
  } catch (error) {
    if (!isBackupError(error, 'BLOB_NOT_FOUND')) throw error;
    throw new BackupError('BLOCK_MISSING', `block ${digest} is missing in ${store.location}`, {
      remedy: 'Run "hayloft backup verify" to list what is damaged, and "hayloft backup repair" to heal it.',
      cause: error,
    });
  }
}
