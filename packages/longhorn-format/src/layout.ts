import { BackupError } from '@hayloft/engine';
import type { BlobKey, BlockDigest } from '@hayloft/engine';
import { isName, printable } from './names.ts';

/** All paths in a store begin here. */
const base = 'backupstore/';

/** One folder per backup, named as the backup, with the config in it. */
export const configsPrefix = `${base}backing-images/backing-images/`;
const configFile = '/backing-image.cfg';

/** One pool of blocks for all images of a store. */
export const blocksPrefix = `${base}backing-images/blocks/`;
const blockSuffix = '.blk';

/**
 * One folder of locks for all image backups. Longhorn keeps locks with volumes and gives images the volume's name
 * BACKINGIMAGE; `22/fc` are the first hex digits of that name's hash.
 */
export const locksPrefix = `${base}volumes/22/fc/BACKINGIMAGE/locks/`;
const lockSuffix = '.lck';

const digestPattern = /^[0-9a-f]{64}$/;

export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/** Where a block lies. Throws a RangeError for what is no digest: nothing from outside comes here unchecked. */
export function blockKey(digest: BlockDigest): BlobKey {
  if (!isDigest(digest)) throw new RangeError(`"${printable(digest)}" is not a block digest of 64 hex digits`);
  return `${blocksPrefix}${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}${blockSuffix}`;
}

/** The digest of the block at `key`, or undefined where Longhorn would not look for one. */
export function parseBlockKey(key: BlobKey): BlockDigest | undefined {
  if (!key.startsWith(blocksPrefix) || !key.endsWith(blockSuffix)) return undefined;
  const digest = key.slice(blocksPrefix.length + 'ab/cd/'.length, -blockSuffix.length);
  return isDigest(digest) && blockKey(digest) === key ? digest : undefined;
}

/** Where a backup's config lies. `USAGE_INVALID` for a name that would lead to another folder. */
export function configKey(name: string): BlobKey {
  if (!isFolderName(name)) {
    throw new BackupError('USAGE_INVALID', `"${printable(name)}" cannot be a backup's name`, {
      remedy: 'Give the name of a backup, without slashes.',
    });
  }
  return `${configsPrefix}${name}${configFile}`;
}

/**
 * The backup whose config lies at `key`, or undefined for another blob.
 * A name that breaks Longhorn's rule is a name here too: a sweep of blocks must not overlook its config.
 */
export function parseConfigKey(key: BlobKey): string | undefined {
  if (!key.startsWith(configsPrefix) || !key.endsWith(configFile)) return undefined;
  const name = key.slice(configsPrefix.length, -configFile.length);
  return isFolderName(name) ? name : undefined;
}

export function lockKey(name: string): BlobKey {
  return `${locksPrefix}${name}${lockSuffix}`;
}

/** The name of the lock at `key`, or undefined for a blob that Longhorn does not take for a lock. */
export function parseLockKey(key: BlobKey): string | undefined {
  if (!key.startsWith(locksPrefix) || !key.endsWith(lockSuffix)) return undefined;
  const name = key.slice(locksPrefix.length, -lockSuffix.length);
  return isName(name) ? name : undefined;
}

function isFolderName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}
