import { BackupError } from '../errors.ts';
import type { BlockDigest } from '../contracts/blocks.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupStore, BlobInfo } from '../contracts/store.ts';
import type { HeldLock } from '../locks/lock.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { listConfigs, readConfigIfThere } from './read-config.ts';

/** Between two batches the lock is confirmed: Longhorn's deletions do not exclude each other, and a lock may be lost. */
const batchBlocks = 100;
/** A config in progress that is younger may belong to a run whose lock could not be refreshed; Longhorn never collects beside one. */
const inProgressGraceMs = 24 * 3600 * 1000;

/** Which blocks the backups of a store name. */
export interface References {
  readonly digests: ReadonlySet<BlockDigest>;
  readonly names: ReadonlySet<string>;
}

/**
 * Every block that any backup (but `except`) names. `STORE_INVALID` when a config cannot be read and `STORE_LOCKED` when one may still
 * be in progress: then nobody can say what is unreferenced.
 */
export async function readReferences(
  store: BackupStore,
  context: OperationContext,
  except?: string,
): Promise<References> {
  const configs = await listConfigs(store, context);
  if (except !== undefined) configs.delete(except);
  const digests = new Set<BlockDigest>();
  for (const [name, info] of configs) {
    const config = await readConfigIfThere(store, name, context);
    if (config === undefined) {
      throw new BackupError(
        'STORE_LOCKED',
        `the backup "${name}" of ${store.location} was deleted by somebody else meanwhile`,
        { remedy: 'Run it again.' },
      );
    }
    if (config.completedAt === '' && context.clock.now() - info.modifiedAt.getTime() < inProgressGraceMs) {
      throw new BackupError(
        'STORE_LOCKED',
        `the backup "${name}" in ${store.location} is in progress since ${info.modifiedAt.toISOString()}, so nobody can say yet which blocks it needs`,
        {
          remedy: `Wait until it is completed, back it up again, or delete it with "hayloft backup delete" if its run is dead. After a day it is taken for dead.`,
        },
      );
    }
    for (const { digest } of config.blocks.entries()) digests.add(digest);
  }
  return { digests, names: new Set(configs.keys()) };
}

/** Fails unless the store still has exactly the backups that the references were read from. */
export async function checkSameBackups(
  store: BackupStore,
  references: References,
  context: OperationContext,
  except?: string,
): Promise<void> {
  const names = new Set((await listConfigs(store, context)).keys());
  if (except !== undefined) names.delete(except);
  if (names.size === references.names.size && [...names].every((name) => references.names.has(name))) return;
  throw new BackupError('STORE_LOCKED', `the backups of ${store.location} changed while they were read`, {
    remedy: 'Run it again when no other run changes this store.',
  });
}

export const totalBytes = (blocks: readonly BlobInfo[]): number =>
  blocks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** Deletes blocks in batches, and proves before each one that nobody else may need them by now. */
export async function deleteBlocks(
  store: BackupStore,
  blocks: readonly BlobInfo[],
  lock: HeldLock,
  context: OperationContext,
): Promise<{ readonly deleted: number; readonly freedBytes: number }> {
  let freedBytes = 0;
  for (let start = 0; start < blocks.length; start += batchBlocks) {
    await lock.confirm();
    const batch = blocks.slice(start, start + batchBlocks);
    await mapConcurrently(batch, context.concurrency, async ({ key, sizeBytes }) => {
      lock.assertFresh();
      await store.delete(key, context);
      freedBytes += sizeBytes;
    });
    context.onProgress?.({ phase: 'deleting', doneBytes: freedBytes, totalBytes: totalBytes(blocks) });
  }
  return { deleted: blocks.length, freedBytes };
}
