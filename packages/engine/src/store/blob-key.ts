import { BackupError } from '../errors.ts';
import type { BlobKey } from '../contracts/store.ts';

const keyLengthMax = 255;

/** Refuses what is no `BlobKey` with `USAGE_INVALID`: every driver calls this before it makes a path or a URL of one. */
export function checkBlobKey(key: BlobKey): void {
  const fault = faultOf(key);
  if (fault === undefined) return;
  throw new BackupError('USAGE_INVALID', `blob key ${JSON.stringify(key.slice(0, 300))} ${fault}`, {
    remedy: 'Use 1 to 255 of the characters A-Z a-z 0-9 . _ - in parts separated by single slashes.',
  });
}

/** Whether a name that a store lists can be a blob's: others may keep things there too. */
export function isBlobKey(key: string): boolean {
  return faultOf(key) === undefined;
}

function faultOf(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (key.length > keyLengthMax) return `is ${key.length} bytes long, more than ${keyLengthMax}`;
  if (/[^A-Za-z0-9/._-]/.test(key)) return 'holds a character that is not allowed';
  const parts = key.split('/');
  if (parts.includes('')) return 'has an empty part';
  // "." would vanish from a path or a URL on the way, and two keys would then name one blob.
  if (parts.includes('..') || parts.includes('.')) return 'has a part that names a folder relatively';
  return undefined;
}
