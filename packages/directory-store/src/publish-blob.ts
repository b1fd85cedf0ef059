import { randomBytes } from 'node:crypto';
import { dirname, join, relative, sep } from 'node:path';
import { BackupError, type BlobKey } from '@hayloft/engine';
import { blobPath, stagingFolder } from './blob-path.ts';
import { errnoOf } from './file-error.ts';
import type { FileSteps } from './file-steps.ts';
import { stagedPrefix } from './staging.ts';

export interface PublishOptions {
  /** Fail with `BLOB_EXISTS` instead of replacing. */
  readonly ifAbsent: boolean;
  /** False leaves the folders on the way to the blob unsynced: the caller syncs them all, later and at once. */
  readonly syncFolders: boolean;
}

/** Others prune empty folders while we fill them; whoever loses that race so often has another problem. */
const attemptsMax = 32;

/** Writes a blob aside, makes its bytes durable, and gives it its name in one step. Answers with the blob's folder. */
export function* publishBlob(
  root: string,
  key: BlobKey,
  parts: readonly Uint8Array[],
  options: PublishOptions,
): FileSteps<string> {
  blobPath(root, key); // a key that is none is refused before anything is written
  const staged = yield* stageBlob(root, parts);
  return yield* publishStaged(root, staged, key, options);
}

/** Writes a blob's bytes aside, not durable yet, and answers with where. `publishStaged` or an unlink comes next. */
export function* stageBlob(root: string, parts: readonly Uint8Array[]): FileSteps<string> {
  const staged = join(root, stagingFolder, `${stagedPrefix}${randomBytes(8).toString('hex')}`);
  try {
    yield* createStaged(root, staged, parts);
    return staged;
  } catch (error) {
    yield* removeQuietly('unlink', staged);
    throw error;
  }
}

/**
 * Makes a staged blob durable and gives it its name in one step. Answers with the blob's folder.
 *
 * A folder that is missing on the way is built aside too, with the blob in it, and renamed into place: Longhorn takes
 * an empty folder of a backup for a backup in progress.
 */
export function* publishStaged(root: string, staged: string, key: BlobKey, options: PublishOptions): FileSteps<string> {
  let named = false;
  try {
    const path = blobPath(root, key);
    yield ['syncFile', staged];
    yield* giveName(root, staged, path, options);
    named = !options.ifAbsent;
    return dirname(path);
  } finally {
    // A file that was linked or never named is still staged; one that was renamed is not.
    if (!named) yield* removeQuietly('unlink', staged);
  }
}

function* createStaged(root: string, staged: string, parts: readonly Uint8Array[]): FileSteps<void> {
  try {
    yield ['create', staged, parts];
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    try {
      yield ['makeFolder', join(root, stagingFolder)];
    } catch (making) {
      if (errnoOf(making) !== 'EEXIST') throw making;
    }
    yield ['create', staged, parts];
  }
}

function* giveName(root: string, staged: string, path: string, options: PublishOptions): FileSteps<void> {
  const folder = dirname(path);
  for (let attempt = 1; ; attempt++) {
    try {
      yield* assertInside(root, folder);
      if (options.ifAbsent) yield* link(staged, path);
      else yield ['rename', staged, path];
      if (options.syncFolders) yield ['syncFolder', folder];
      return;
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || attempt === attemptsMax) throw error;
    }
    if (yield* giveNameWithFolders(root, staged, path, options)) return;
  }
}

/** Fails where the name is taken: the one operation that is atomic on every file system with hard links. */
function* link(staged: string, path: string): FileSteps<void> {
  try {
    yield ['link', staged, path];
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    // An NFS client that repeats a request whose answer was lost is told that its own link is in the way.
    if ((yield ['linkCount', staged]) === 2) return;
    throw new BackupError('BLOB_EXISTS', `"${path}" exists already`, {
      remedy: 'Read it, or choose another name.',
      cause: error,
    });
  }
}

/** False when others made, filled or pruned these folders meanwhile: then everything is as it was before. */
function* giveNameWithFolders(root: string, staged: string, path: string, options: PublishOptions): FileSteps<boolean> {
  const missing = yield* missingFolders(root, dirname(path));
  const top = missing[0];
  if (top === undefined) return false;
  const aside = missing.map((folder) => join(`${staged}.d`, relative(top, folder)));
  const leaf = aside.at(-1)!;
  const file = join(leaf, path.slice(dirname(path).length + 1));
  let inside = false;
  try {
    for (const folder of aside) yield ['makeFolder', folder];
    yield ['rename', staged, file];
    inside = true;
    if (options.syncFolders) for (const folder of aside.toReversed()) yield ['syncFolder', folder];
    yield ['rename', aside[0]!, top];
    inside = false;
  } catch (error) {
    if (inside) yield ['rename', file, staged];
    for (const folder of aside.toReversed()) yield* removeQuietly('removeFolder', folder);
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
  if (options.syncFolders) yield ['syncFolder', dirname(top)];
  return true;
}

/** The folders between `root` and `folder`, it included, that are not there; the topmost first. */
function* missingFolders(root: string, folder: string): FileSteps<string[]> {
  const parts = relative(root, folder).split(sep);
  const folders = parts.map((_, index) => join(root, ...parts.slice(0, index + 1)));
  for (const [index, each] of folders.entries()) {
    try {
      yield* assertInside(root, each);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return folders.slice(index);
      throw error;
    }
  }
  return [];
}

/** A symbolic link in a store must not lead our writes, often root's, to other places. Throws ENOENT where nothing is. */
export function* assertInside(root: string, path: string): FileSteps<void> {
  const realPath = String(yield ['realPath', path]);
  const realRoot = String(yield ['realPath', root]);
  if (realPath === realRoot || realPath.startsWith(realRoot === sep ? sep : realRoot + sep)) return;
  throw new BackupError('STORE_INVALID', `"${path}" leads out of the store, to "${realPath}"`, {
    remedy: 'Replace the symbolic link by a folder or a bind mount.',
  });
}

export function* removeQuietly(step: 'unlink' | 'removeFolder', path: string): FileSteps<void> {
  try {
    yield [step, path];
  } catch {
    // It is gone, or it is swept when a store is next opened for writing.
  }
}
