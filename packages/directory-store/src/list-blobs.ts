import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, type BlobInfo } from '@hayloft/engine';
import { isKeyPart, stagingFolder } from './blob-path.ts';
import { errnoOf } from './file-error.ts';
import { runSteps } from './file-steps.ts';
import { assertInside } from './publish-blob.ts';

/** Folders read at once, and files of one folder looked at at once: more only queue up in front of Node's threads. */
const foldersAtOnce = 32;
const filesAtOnce = 64;

/**
 * Yields every blob under `root` whose key starts with `prefix`, in any order. Throws rather than leave a folder out;
 * what vanishes while we look is left out. A prefix whose folder is missing has no blobs; whether `root` itself is
 * there is the caller's question.
 */
export async function* listBlobs(root: string, prefix: string, signal: AbortSignal): AsyncGenerator<BlobInfo> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (!(await isThere(root, start, signal))) return;
  const pending = [start];
  while (pending.length > 0) {
    signal.throwIfAborted();
    const wave = pending.splice(-foldersAtOnce);
    for (const { folders, blobs } of await Promise.all(
      wave.map((folder) => readFolder(root, folder, prefix, signal)),
    )) {
      pending.push(...folders);
      for (const blob of blobs) {
        signal.throwIfAborted();
        yield blob;
      }
    }
  }
}

async function isThere(root: string, folder: string, signal: AbortSignal): Promise<boolean> {
  try {
    await runSteps(assertInside(root, join(root, folder)), signal);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** `folder` is a key's beginning: '' or something that ends in a slash. */
async function readFolder(
  root: string,
  folder: string,
  prefix: string,
  signal: AbortSignal,
): Promise<{ folders: string[]; blobs: BlobInfo[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of await readEntries(join(root, folder))) {
    if (!isKeyPart(entry.name) || (folder === '' && entry.name === stagingFolder)) continue;
    const key = folder + entry.name;
    if (!key.startsWith(prefix)) continue;
    const type = await typeOf(entry, join(root, key));
    if (type === 'folder') folders.push(`${key}/`);
    if (type === 'file') files.push(key);
  }
  const blobs: BlobInfo[] = [];
  for (let at = 0; at < files.length; at += filesAtOnce) {
    signal.throwIfAborted();
    const batch = await Promise.all(files.slice(at, at + filesAtOnce).map((key) => blobInfo(root, key)));
    for (const blob of batch) if (blob !== undefined) blobs.push(blob);
  }
  return { folders, blobs };
}

async function readEntries(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []; // Pruned since its parent was read.
    throw error;
  }
}

/**
 * What an entry is, where the folder itself does not tell. A symbolic link is refused, not skipped and not followed: the
 * blocks of a backup whose config is not listed would be taken for garbage, and a link may lead out of the store.
 */
async function typeOf(entry: Dirent, path: string): Promise<'folder' | 'file' | 'other'> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) {
      throw new BackupError('STORE_INVALID', `"${path}" is a symbolic link, which a store must not contain`, {
        remedy: 'Replace the link by what it leads to, or by a bind mount.',
      });
    }
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'other';
    throw error;
  }
}

async function blobInfo(root: string, key: string): Promise<BlobInfo | undefined> {
  try {
    const found = await lstat(join(root, key));
    return { key, sizeBytes: found.size, modifiedAt: found.mtime };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
