import { isBackupError } from '../errors.ts';
import type { BlockDigest } from '../contracts/blocks.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupStore, BlobInfo } from '../contracts/store.ts';
import { withLock } from '../locks/lock.ts';
import { readConfig } from './read-config.ts';
import { settleListing } from './settle-listing.ts';
import { checkSameBackups, deleteBlocks, readReferences, totalBytes } from './sweep.ts';
import type { References } from './sweep.ts';
import { listBlocks } from './survey-pool.ts';

export interface RemoveRequest {
  readonly store: BackupStore;
  readonly name: string;
  readonly dryRun: boolean;
}

export interface RemoveResult {
  readonly name: string;
  readonly blocks: { readonly kept: number; readonly deleted: number };
  readonly bytes: { readonly freed: number };
  /** False where it could not be said which blocks others need: they stay for a later prune. */
  readonly swept: boolean;
  /** Why nothing was swept. */
  readonly message?: string;
  readonly dryRun: boolean;
}

/**
 * Deletes a backup: its config first, then those of its blocks that no other backup names. Blocks that the backup did
 * not name are prune's affair. `BACKUP_NOT_FOUND`.
 */
export async function remove({ store, name, dryRun }: RemoveRequest, context: OperationContext): Promise<RemoveResult> {
  context.format.checkName(name);
  return await withLock(store, 'deletion', context, async (locked, lock) => {
    const own = await blocksOf(store, name, locked);
    if (!dryRun) {
      await lock.confirm();
      lock.assertFresh();
      await store.delete(locked.format.configKey(name), locked);
    }
    await settleListing(store, locked);
    const others = await othersReferences(store, name, locked);
    const unneeded = 'message' in others ? [] : await listedBlocks(store, own, others, locked);
    const { deleted, freedBytes } = dryRun
      ? { deleted: 0, freedBytes: totalBytes(unneeded) }
      : await deleteBlocks(store, unneeded, lock, locked);
    return {
      name,
      blocks: { kept: own.size - (dryRun ? unneeded.length : deleted), deleted: dryRun ? unneeded.length : deleted },
      bytes: { freed: freedBytes },
      swept: !('message' in others),
      ...('message' in others ? others : {}),
      dryRun,
    };
  });
}

/** A config that cannot be read is deleted all the same; its blocks stay for prune. */
async function blocksOf(store: BackupStore, name: string, context: OperationContext): Promise<Set<BlockDigest>> {
  try {
    const config = await readConfig(store, name, context);
    return new Set([...config.blocks.entries()].map(({ digest }) => digest));
  } catch (error) {
    if (!isBackupError(error, 'STORE_INVALID')) throw error;
    context.logger.warn(`the config of "${name}" cannot be read: its blocks are left for "store prune"`, { error });
    return new Set();
  }
}

async function othersReferences(
  store: BackupStore,
  name: string,
  context: OperationContext,
): Promise<References | { readonly message: string }> {
  try {
    const references = await readReferences(store, context, name);
    await checkSameBackups(store, references, context, name);
    return references;
  } catch (error) {
    if (!isBackupError(error, 'STORE_INVALID', 'STORE_LOCKED')) throw error;
    return { message: error.message };
  }
}

async function listedBlocks(
  store: BackupStore,
  own: ReadonlySet<BlockDigest>,
  others: References,
  context: OperationContext,
): Promise<BlobInfo[]> {
  const blocks: BlobInfo[] = [];
  if (own.size === 0) return blocks;
  for await (const { digest, listed } of listBlocks(store, context)) {
    if (own.has(digest) && !others.digests.has(digest)) blocks.push(listed);
  }
  return blocks;
}
