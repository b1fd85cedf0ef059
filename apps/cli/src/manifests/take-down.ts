import { openDisk } from '@hayloft/disk';
import { isBackupError, remove } from '@hayloft/engine';
import type { Workbench } from '../workbench.ts';
import { imageOf, targetOf } from './manifest.ts';
import type { BackupBackingImage, Manifest } from './manifest.ts';
import type { ObjectShelf } from './object-shelf.ts';
import type { Reached } from './outcome.ts';

/** Removes one object and what it stands for: an image of the disk, a backup in its target. */
export async function takeDown(
  object: Manifest,
  dryRun: boolean,
  shelf: ObjectShelf,
  bench: Workbench,
): Promise<Reached> {
  const removed = await removeThing(object, dryRun, bench);
  const kept = await shelf.get(object);
  if (!dryRun) await shelf.forget(object);
  const state = removed || kept !== undefined ? (dryRun ? 'would be deleted' : 'deleted') : 'absent';
  return { state, message: '', status: {} };
}

/** True when there was something to remove. */
async function removeThing(object: Manifest, dryRun: boolean, bench: Workbench): Promise<boolean> {
  if (object.kind === 'BackupBackingImage') return await removeBackup(object, dryRun, bench);
  if (object.kind !== 'BackingImage') return false;
  const disk = openDisk(bench.assembly.configuration.disk);
  const isThere = (await disk.list(bench)).some(({ name }) => name === object.name);
  if (isThere && !dryRun) await disk.delete(object.name, bench);
  return isThere;
}

async function removeBackup(object: BackupBackingImage, dryRun: boolean, bench: Workbench): Promise<boolean> {
  await using store = await bench.openStore(targetOf(object));
  try {
    await remove({ store, name: imageOf(object), dryRun }, await bench.context(store));
    return true;
  } catch (error) {
    if (isBackupError(error, 'BACKUP_NOT_FOUND')) return false;
    throw error;
  }
}
