import { dirname, relative, sep } from 'node:path';
import type { BlobKey } from '@hayloft/engine';
import { blobPath } from './blob-path.ts';
import { errnoOf } from './file-error.ts';
import type { FileSteps } from './file-steps.ts';
import { assertInside } from './publish-blob.ts';

/**
 * Removes a blob and the folders that this left empty, durably: a backup's config must not come back after a power cut
 * when the blocks that it names are gone. Resolves when there was none.
 */
export function* removeBlob(root: string, key: BlobKey): FileSteps<void> {
  const path = blobPath(root, key);
  let folder = dirname(path);
  try {
    yield* assertInside(root, folder);
    yield ['unlink', path];
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error) ?? '')) return;
    throw error;
  }
  for (let level = 0; isPruned(relative(root, folder).split(sep), level); level++) {
    try {
      yield ['removeFolder', folder];
    } catch {
      break; // Not empty, or somebody else was faster.
    }
    folder = dirname(folder);
  }
  try {
    yield ['syncFolder', folder];
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error; // Whoever pruned it synced what it stood in.
  }
}

/** A block stands in two folders of its own (`ab/cd/`), a backup's config in one. */
const prunedLevelsMax = 2;

/**
 * Of Longhorn's layout only folders that belong to one backup or one shard of blocks go, and never a folder of locks:
 * Longhorn makes a folder and the file in it in two steps, and fails when the folder is pruned in between. Elsewhere, as
 * below the prefix of a check, there are only folders that puts have made.
 */
function isPruned(parts: readonly string[], level: number): boolean {
  if (parts[0] !== 'backupstore') return parts[0] !== '';
  return level < prunedLevelsMax && parts.length > 3 && parts.at(-1) !== 'locks';
}
