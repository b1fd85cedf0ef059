import type { OperationContext } from '../contracts/context.ts';
import type { BackupStore } from '../contracts/store.ts';
import { isBackupError } from '../errors.ts';
import { readLocks } from '../locks/lock-table.ts';
import { listConfigs, readConfigIfThere } from './read-config.ts';
import { listBlocks } from './survey-pool.ts';

export interface LockInfo {
  readonly name: string;
  readonly type: string;
  readonly acquired: boolean;
  readonly modifiedAt: string;
  readonly ageSeconds: number;
  /** Ignored by everybody: not refreshed for too long, or its process on this machine is gone. */
  readonly stale: boolean;
}

export interface StoreStats {
  readonly location: string;
  readonly images: {
    readonly completed: number;
    readonly inProgress: number;
    readonly unreadable: number;
    readonly sizeBytes: number;
  };
  readonly blocks: {
    readonly total: number;
    readonly referenced: number;
    readonly shared: number;
    readonly orphans: number;
    readonly missing: number;
  };
  readonly bytes: { readonly total: number; readonly shared: number; readonly orphans: number };
  readonly locks: readonly LockInfo[];
}

/** What a store holds: one listing of the pool, every config read once. */
export async function storeStats(store: BackupStore, context: OperationContext): Promise<StoreStats> {
  const users = new Map<string, number>();
  const images = { completed: 0, inProgress: 0, unreadable: 0, sizeBytes: 0 };
  for (const name of (await listConfigs(store, context)).keys()) {
    try {
      const config = await readConfigIfThere(store, name, context);
      if (config === undefined) continue;
      images[config.completedAt === '' ? 'inProgress' : 'completed']++;
      images.sizeBytes += config.sizeBytes;
      for (const digest of new Set([...config.blocks.entries()].map((entry) => entry.digest)))
        users.set(digest, (users.get(digest) ?? 0) + 1);
    } catch (error) {
      if (!isBackupError(error, 'STORE_INVALID')) throw error;
      images.unreadable++;
    }
  }
  const blocks = { total: 0, referenced: 0, shared: 0, orphans: 0, missing: users.size };
  const bytes = { total: 0, shared: 0, orphans: 0 };
  for await (const { digest, listed } of listBlocks(store, context)) {
    const count = users.get(digest) ?? 0;
    blocks.total++;
    bytes.total += listed.sizeBytes;
    if (count > 0) blocks.missing--;
    blocks[count === 0 ? 'orphans' : 'referenced']++;
    if (count === 0) bytes.orphans += listed.sizeBytes;
    if (count > 1) {
      blocks.shared++;
      bytes.shared += listed.sizeBytes;
    }
  }
  return { location: store.location, images, blocks, bytes, locks: await describeLocks(store, context) };
}

async function describeLocks(store: BackupStore, context: OperationContext): Promise<LockInfo[]> {
  const infos: LockInfo[] = [];
  for (const { record, modifiedAt } of await readLocks(store, context)) {
    const ageMs = Math.max(0, context.clock.now() - modifiedAt.getTime());
    const stale = ageMs > context.format.lock.expiresMs || (await context.memory?.isAbandoned(record.name)) === true;
    infos.push({
      name: record.name,
      type: record.type,
      acquired: record.acquired,
      modifiedAt: modifiedAt.toISOString(),
      ageSeconds: Math.round(ageMs / 1000),
      stale,
    });
  }
  return infos;
}

export interface UnlockResult {
  readonly locks: readonly LockInfo[];
  readonly removed: readonly string[];
  readonly dryRun: boolean;
}

/** Removes locks that protect nothing any more; with `force` every one, also of runs that are alive. */
export async function unlockStore(
  store: BackupStore,
  { dryRun, force }: { readonly dryRun: boolean; readonly force: boolean },
  context: OperationContext,
): Promise<UnlockResult> {
  const locks = await describeLocks(store, context);
  const removed = locks.filter(({ stale }) => stale || force).map(({ name }) => name);
  if (!dryRun) for (const name of removed) await store.delete(context.format.lock.key(name), context);
  return { locks, removed, dryRun };
}
