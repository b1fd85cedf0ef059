import { parseBackupUrl } from '@hayloft/longhorn-format';
import { imageOf, targetOf } from './manifest.ts';
import type { BackingImage, BackupBackingImage, Manifest } from './manifest.ts';

/**
 * The objects, each after those that it needs: Secrets, then targets, then images and backups as they follow from one
 * another (a clone after its image, a backup after its image, a restore after its backup). Two that need each other, as
 * an image that is restored from its own backup, come in either order: the backup is then in the store already.
 */
export function inOrder(manifests: readonly Manifest[]): readonly Manifest[] {
  const rank = ['Secret', 'StorageClass', 'BackupTarget', 'BackingImage', 'BackupBackingImage'];
  const byRank = [...manifests].sort((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind));
  const done = new Set<Manifest>();
  const ordered: Manifest[] = [];
  const visit = (manifest: Manifest): void => {
    if (done.has(manifest)) return;
    done.add(manifest); // before its needs, so that a circle ends here
    for (const need of needsOf(manifest, byRank)) visit(need);
    ordered.push(manifest);
  };
  for (const manifest of byRank) visit(manifest);
  return ordered;
}

function needsOf(manifest: Manifest, all: readonly Manifest[]): Manifest[] {
  const images = all.filter((each): each is BackingImage => each.kind === 'BackingImage');
  if (manifest.kind === 'BackupBackingImage') return images.filter(({ name }) => name === imageOf(manifest));
  if (manifest.kind !== 'BackingImage') return [];
  const { sourceType, sourceParameters } = manifest.spec;
  if (sourceType === 'clone') return images.filter(({ name }) => name === sourceParameters?.['backing-image']?.trim());
  if (sourceType !== 'restore') return [];
  const { target, name } = parseBackupUrl(sourceParameters?.['backup-url']?.trim() ?? '');
  return all.filter(
    (each): each is BackupBackingImage =>
      each.kind === 'BackupBackingImage' && imageOf(each) === name && mayBeIn(each, target, all),
  );
}

/** A target whose URL is not among the objects may be anywhere, so its backups are waited for. */
function mayBeIn(backup: BackupBackingImage, url: string, all: readonly Manifest[]): boolean {
  const target = all.find((each) => each.kind === 'BackupTarget' && each.name === targetOf(backup));
  if (target?.kind !== 'BackupTarget') return true;
  const bare = (text: string): string => text.replace(/\/+$/, '');
  return bare(target.spec.backupTargetURL ?? '') === bare(url);
}
