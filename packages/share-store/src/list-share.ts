import { isKeyPart, stagingFolder } from '@hayloft/directory-store';
import { BackupError, type BlobInfo } from '@hayloft/engine';
import { isAbsence, type Share } from './open-share.ts';
import type { ShareEntry } from './process/share-driver.ts';

/** Folders read at once: enough to hide the way to the server and back. */
const foldersAtOnce = 16;

/**
 * Yields every blob whose key starts with `prefix`, in any order. Throws rather than leave a folder out; what vanishes
 * while we look is left out. A prefix whose folder is missing has no blobs.
 */
export async function* listShare(share: Share, prefix: string, signal: AbortSignal): AsyncGenerator<BlobInfo> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (start !== '' && !mayNameBlobs(start)) return;
  const pending = [start];
  while (pending.length > 0) {
    signal.throwIfAborted();
    const wave = pending.splice(-foldersAtOnce);
    for (const { folders, blobs } of await Promise.all(wave.map((folder) => readFolder(share, folder, prefix)))) {
      pending.push(...folders);
      for (const blob of blobs) {
        signal.throwIfAborted();
        yield blob;
      }
    }
  }
}

/** No key leads up, or into the staging area. */
function mayNameBlobs(folder: string): boolean {
  const parts = folder.slice(0, -1).split('/');
  return parts[0] !== stagingFolder && parts.every((part) => isKeyPart(part) && part !== '.' && part !== '..');
}

/** `folder` is a key's beginning: '' or something that ends in a slash. */
async function readFolder(
  share: Share,
  folder: string,
  prefix: string,
): Promise<{ folders: string[]; blobs: BlobInfo[] }> {
  const folders: string[] = [];
  const blobs: BlobInfo[] = [];
  for (const { name, kind, sizeBytes, modifiedAtMs } of await readEntries(share, folder)) {
    if (!isKeyPart(name) || (folder === '' && name === stagingFolder)) continue;
    const key = folder + name;
    if (!key.startsWith(prefix)) continue;
    if (kind === 'link') throw linkFound(key);
    if (kind === 'folder') folders.push(`${key}/`);
    if (kind === 'file') blobs.push({ key, sizeBytes, modifiedAt: new Date(modifiedAtMs) });
  }
  return { folders, blobs };
}

/** A folder that was pruned and is there again may be so once more, but not for ever. */
const attemptsMax = 8;

async function readEntries(share: Share, folder: string): Promise<ShareEntry[]> {
  const path = folder === '' ? '/' : `/${folder.slice(0, -1)}`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await share.call('list', path);
    } catch (error) {
      if (!isAbsence(error) || attempt === attemptsMax) throw error;
    }
    // Pruned since its parent was read, or a prefix of nothing: but that is not taken from a call that failed alone.
    if (!(await isFolder(share, path))) return [];
  }
}

async function isFolder(share: Share, path: string): Promise<boolean> {
  try {
    return (await share.call('stat', path)).kind === 'folder';
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** Refused, not skipped and not followed: the blocks of a backup whose config is not listed would be taken for garbage. */
function linkFound(key: string): BackupError {
  return new BackupError('STORE_INVALID', `"${key}" is a symbolic link, which a store must not contain`, {
    remedy: 'Replace the link by what it leads to.',
  });
}
