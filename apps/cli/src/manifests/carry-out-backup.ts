import { openDisk } from '@hayloft/disk';
import { BackupError, inspectBackup, isBackupError } from '@hayloft/engine';
import type { BackupStore, BackupSummary } from '@hayloft/engine';
import { backupImage } from '../backup-image.ts';
import type { Workbench } from '../workbench.ts';
import { defaultNamespace, imageOf, targetOf } from './manifest.ts';
import type { BackupBackingImage } from './manifest.ts';
import type { ObjectShelf } from './object-shelf.ts';
import type { Reached } from './outcome.ts';

/**
 * Backs the object's image up, unless its target has that very backup. `userCreated: false` only mirrors what is in the
 * store, and so does an object whose image is not here any more.
 */
export async function carryOutBackup(
  object: BackupBackingImage,
  shelf: ObjectShelf,
  bench: Workbench,
): Promise<Reached> {
  const name = imageOf(object);
  await using store = await bench.openStore(targetOf(object), { create: true });
  const standing = await findBackup(store, name, bench);
  const image = (await openDisk(bench.assembly.configuration.disk).list(bench)).find((each) => each.name === name);
  if (standing?.state === 'Completed') {
    if (!object.spec.userCreated || image === undefined) return completed(standing, 'in the store already');
    const isSame = image.state === 'ready' && image.checksum !== '' && image.checksum === standing.checksum;
    if (isSame) return completed(standing, 'unchanged');
  }
  if (!object.spec.userCreated) throw nothingToMirror(name, store);
  const secret = await secretOf(name, shelf);
  const labels = object.spec.labels ?? undefined;
  return completed(await backupImage({ store, name, from: { kind: 'image', name }, labels, secret }, bench));
}

async function findBackup(store: BackupStore, name: string, bench: Workbench): Promise<BackupSummary | undefined> {
  try {
    return await inspectBackup(store, name, await bench.context(store));
  } catch (error) {
    if (isBackupError(error, 'BACKUP_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The Secret's name that the image's object records, or that of the image it is a copy of. Its value is never needed. */
async function secretOf(
  image: string,
  shelf: ObjectShelf,
): Promise<{ readonly name: string; readonly namespace: string } | undefined> {
  const kept = await shelf.get({ kind: 'BackingImage', namespace: defaultNamespace, name: image });
  if (kept?.manifest.kind !== 'BackingImage') return undefined;
  const { secret = '', secretNamespace = '', sourceType, sourceParameters } = kept.manifest.spec;
  if (secret !== '') return { name: secret, namespace: secretNamespace };
  const original = sourceType === 'clone' ? sourceParameters?.['backing-image']?.trim() : undefined;
  return original === undefined || original === image ? undefined : await secretOf(original, shelf);
}

function completed(summary: Omit<BackupSummary, 'blocks'>, message = ''): Reached {
  const { name, url, sizeBytes, checksum, labels, compression, completedAt, secret, secretNamespace } = summary;
  const status = {
    backingImage: name,
    url,
    size: sizeBytes,
    checksum,
    labels,
    state: 'Completed',
    progress: 100,
    backupCreatedAt: completedAt,
    compressionMethod: compression,
    secret,
    secretNamespace,
  };
  return { state: 'Completed', message: message === '' ? url : message, status };
}

const nothingToMirror = (name: string, store: BackupStore): BackupError =>
  new BackupError('BACKUP_NOT_FOUND', `There is no backup "${name}" in ${store.location}, and userCreated is false`, {
    remedy: 'Set userCreated to true to make a backup.',
  });
