import { isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { LockRecord } from '../contracts/format.ts';
import type { BackupStore, BlobKey } from '../contracts/store.ts';

/** One lock file of the store. */
export interface SeenLock {
  readonly key: BlobKey;
  /** The record's type is `unreadable` for a file that is no lock record: it counts against everybody until it expires. */
  readonly record: Omit<LockRecord, 'type'> & { readonly type: LockRecord['type'] | 'unreadable' };
  /** By the store's clock. */
  readonly modifiedAt: Date;
}

/** Every lock file of a store. Fails rather than show fewer: a lock that cannot be read is not an absent one. */
export async function readLocks(store: BackupStore, context: OperationContext): Promise<SeenLock[]> {
  const { format } = context;
  const locks: SeenLock[] = [];
  for await (const info of store.list(format.lock.prefix, context)) {
    const name = format.lock.parseKey(info.key);
    if (name === undefined) continue;
    try {
      const bytes = await store.get(info.key, context);
      locks.push({ key: info.key, record: format.lock.decode(bytes, info.key), modifiedAt: info.modifiedAt });
    } catch (error) {
      if (isBackupError(error, 'BLOB_NOT_FOUND')) continue; // released between the listing and the reading
      if (!isBackupError(error, 'STORE_INVALID')) throw error;
      locks.push({ key: info.key, record: { name, type: 'unreadable', acquired: true }, modifiedAt: info.modifiedAt });
    }
  }
  return locks;
}

/**
 * Whether `a` goes before `b`: acquired first, then the earlier one, then by name. Longhorn's order, which has no ranks
 * of types, so that both sides come to the same answer.
 */
export function goesBefore(a: SeenLock, b: SeenLock): boolean {
  if (a.record.acquired !== b.record.acquired) return a.record.acquired;
  const [timeA, timeB] = [a.modifiedAt.getTime(), b.modifiedAt.getTime()];
  if (timeA !== timeB) return timeA < timeB;
  return a.record.name < b.record.name;
}
