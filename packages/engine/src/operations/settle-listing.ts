import type { OperationContext } from '../contracts/context.ts';
import type { BackupStore } from '../contracts/store.ts';

/**
 * Waits until listings show what was done before, where they may lag; nothing to wait for where they never do. Needed at
 * three places, each found by the simulation:
 * - before a writer lists the pool under its lock: a deletion that ended just then may still be shown undone;
 * - before a writer gives its lock away: its config must be seen by whoever deletes next;
 * - before a deletion lists configs under its lock: one that was put just before may still be hidden.
 * Longhorn's own protocol takes its settling time for longer than any lag, and so does this.
 */
export async function settleListing(store: BackupStore, { clock, format, signal }: OperationContext): Promise<void> {
  if (!store.capabilities.consistentListing) await clock.sleep(format.lock.settleMs, { signal });
}
