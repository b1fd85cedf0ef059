import { join } from 'node:path';
import { BackupError, checkBlobKey, type BlobKey } from '@hayloft/engine';

/** Where files are written before they get their names: beside Longhorn's folders, on the same file system. */
export const stagingFolder = '.hayloft-staging';

/**
 * Names in a store's folders that are no blobs: what Longhorn writes before it renames (`x.blk.tmp.1700000000`), and
 * what an NFS client keeps of a file that was deleted while open.
 */
const passing = /\.tmp\.\d+$|^\.nfs[0-9a-f]{16,}$/;

/** May `name` be one part of a key? Everything else in a folder is invisible: no key can name it. */
export function isKeyPart(name: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(name) && !passing.test(name);
}

/** The file of a blob. A key that is none, or that no listing would show, is refused before any file is touched. */
export function blobPath(root: string, key: BlobKey): string {
  checkBlobKey(key);
  const parts = key.split('/');
  if (parts[0] === stagingFolder || !parts.every(isKeyPart)) {
    throw new BackupError('USAGE_INVALID', `"${key}" is a name for temporary files, not for a blob`, {
      remedy: 'Choose another name.',
    });
  }
  return join(root, ...parts);
}
