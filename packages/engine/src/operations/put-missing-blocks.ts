import { blockState } from '../contracts/block-index.ts';
import { digestToBytes } from '../contracts/blocks.ts';
import type { BlockDigest, BlockMap } from '../contracts/blocks.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupStore } from '../contracts/store.ts';
import { isBackupError } from '../errors.ts';
import { mapConcurrently } from './map-concurrently.ts';
import type { Pool } from './survey-pool.ts';

/** A block's plain bytes (proven), and as they are packed where that may be kept. */
export interface FetchedBlock {
  readonly plain: Uint8Array;
  readonly packed?: Uint8Array | undefined;
}

export interface PackedBlock extends FetchedBlock {
  readonly packed: Uint8Array;
}

export interface PutBlocks {
  readonly written: number;
  readonly reused: number;
  readonly healed: number;
  readonly bytesWritten: number;
}

/**
 * Brings every block that `blocks` names into a store: each distinct one at most once, those that the pool holds
 * already not at all, those of an implausible size only after a look at them.
 */
export async function putMissingBlocks(
  store: BackupStore,
  blocks: BlockMap,
  pool: Pool,
  fetch: (digest: BlockDigest) => Promise<FetchedBlock>,
  context: OperationContext,
): Promise<PutBlocks> {
  const { format, signal } = context;
  const { index, method } = pool;
  let [written, reused, healed, bytesWritten, doneBytes] = [0, 0, 0, 0, 0];
  await mapConcurrently(blocks.entries(), context.concurrency, async ({ index: window, digest }) => {
    signal.throwIfAborted();
    const key = new Uint8Array(32);
    digestToBytes(digest, key, 0);
    const claim = index.claim(key, 0, format.packedSizeBounds(method, blocks.lengthAt(window)), false);
    if (!claim.won || (claim.state !== blockState.absent && (await isSound(store, digest, context)))) {
      reused++;
      if (claim.won) index.settle(claim.entry, blockState.proven, claim.sizeBytes);
    } else {
      const { plain, packed } = await fetch(digest);
      const bytes = packed ?? (await format.encodeBlock(method, plain));
      await store.put(format.blockKey(digest), bytes, { signal });
      index.settle(claim.entry, blockState.written, bytes.byteLength);
      written++;
      bytesWritten += bytes.byteLength;
      if (claim.state !== blockState.absent) healed++;
    }
    doneBytes += blocks.lengthAt(window);
    context.onProgress?.({ phase: 'copying', doneBytes, totalBytes: blocks.sizeBytes });
  });
  return { written, reused, healed, bytesWritten };
}

/** Whether the block that stands in the store can be read and matches its name. */
export async function isSound(store: BackupStore, digest: BlockDigest, context: OperationContext): Promise<boolean> {
  try {
    const stored = await store.get(context.format.blockKey(digest), context);
    await context.format.decodeBlock(context.format.methodOf(stored), stored, digest);
    return true;
  } catch (error) {
    if (isBackupError(error, 'BLOB_NOT_FOUND', 'DATA_CORRUPT')) return false;
    throw error;
  }
}

/** Reads one block of a store and proves it. `BLOCK_MISSING`, `DATA_CORRUPT`. */
export async function fetchBlock(
  store: BackupStore,
  digest: BlockDigest,
  context: OperationContext,
): Promise<PackedBlock> {
  const { format } = context;
  const packed = await store.get(format.blockKey(digest), context);
  const plain = await format.decodeBlock(format.methodOf(packed), packed, digest);
  return { plain, packed };
}
