import { findTarget, openTarget } from '@hayloft/assembly';
import type { Workbench } from '../workbench.ts';
import { carryOutBackup } from './carry-out-backup.ts';
import { carryOutImage } from './carry-out-image.ts';
import type { BackupTarget, Manifest } from './manifest.ts';
import type { ObjectShelf } from './object-shelf.ts';
import type { Reached } from './outcome.ts';

/** Brings one object about on this machine. Throws what kept it from coming about. */
export async function carryOut(object: Manifest, shelf: ObjectShelf, bench: Workbench): Promise<Reached> {
  switch (object.kind) {
    case 'BackingImage':
      return await carryOutImage(object, await shelf.get(object), bench);
    case 'BackupBackingImage':
      return await carryOutBackup(object, shelf, bench);
    case 'BackupTarget':
      return await lookAtTarget(object, bench);
    case 'Secret':
      return { state: 'Applied', message: `${Object.keys(object.values).length} keys`, status: {} };
    case 'StorageClass':
      return { state: 'Ignored', message: 'there are no volumes on this machine', status: {} };
  }
}

/** A target is available when its store can be listed. */
async function lookAtTarget({ name, spec }: BackupTarget, bench: Workbench): Promise<Reached> {
  if ((spec.backupTargetURL ?? '') === '') {
    return { state: 'Unavailable', message: 'it has no backupTargetURL', status: { available: false } };
  }
  const target = findTarget(name, bench.assembly);
  await using store = await openTarget(target, bench.assembly, { signal: bench.signal, create: true });
  const { format } = await bench.context();
  for await (const _first of store.list(format.configsPrefix, bench)) break;
  const isOwn = target.origin === `BackupTarget ${name}`;
  const message = isOwn ? store.location : `the configuration has a target ${name} of its own: ${store.location}`;
  return { state: 'Available', message, status: { available: true } };
}
