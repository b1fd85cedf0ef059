import { BackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupStore, BlobInfo } from '../contracts/store.ts';
import { withLock } from '../locks/lock.ts';
import { settleListing } from './settle-listing.ts';
import { checkSameBackups, deleteBlocks, readReferences, totalBytes } from './sweep.ts';
import { listBlocks } from './survey-pool.ts';

export interface PruneRequest {
  readonly store: BackupStore;
  readonly dryRun: boolean;
  /** Also where the store has blocks and no backup at all, which may as well be a listing that lies. */
  readonly evenWithoutBackups?: boolean | undefined;
}

export interface PruneResult {
  readonly blocks: { readonly kept: number; readonly deleted: number; readonly orphans: number };
  readonly bytes: { readonly freed: number };
  readonly dryRun: boolean;
}

/**
 * Deletes blocks that no backup names, under a deletion lock, from listings taken twice. Anything that cannot be listed
 * or read stops it before the first deletion.
 */
export async function prune(
  { store, dryRun, evenWithoutBackups }: PruneRequest,
  context: OperationContext,
): Promise<PruneResult> {
  return await withLock(store, 'deletion', context, async (locked, lock) => {
    locked.onProgress?.({ phase: 'listing', doneBytes: 0 });
    await settleListing(store, locked);
    const references = await readReferences(store, locked);
    const first = await blocksByKey(store, locked);
    await checkSameBackups(store, references, locked);
    const second = await blocksByKey(store, locked);
    const orphans = [...second.values()]
      .filter(({ digest, listed }) => first.has(listed.key) && !references.digests.has(digest))
      .map(({ listed }) => listed);
    if (references.names.size === 0 && orphans.length > 0 && evenWithoutBackups !== true && !dryRun) {
      throw new BackupError(
        'STORE_INVALID',
        `${store.location} lists ${orphans.length} blocks and not one backup: this may be a listing that lies, so nothing was deleted`,
        {
          remedy: 'Look at it with "hayloft store stats"; if there really is no backup, add --even-without-backups.',
        },
      );
    }
    const { deleted, freedBytes } = dryRun
      ? { deleted: 0, freedBytes: totalBytes(orphans) }
      : await deleteBlocks(store, orphans, lock, locked);
    return {
      blocks: { kept: second.size - deleted, deleted, orphans: orphans.length },
      bytes: { freed: freedBytes },
      dryRun,
    };
  });
}

async function blocksByKey(
  store: BackupStore,
  context: OperationContext,
): Promise<Map<string, { readonly digest: string; readonly listed: BlobInfo }>> {
  const blocks = new Map<string, { digest: string; listed: BlobInfo }>();
  for await (const block of listBlocks(store, context)) blocks.set(block.listed.key, block);
  return blocks;
}
