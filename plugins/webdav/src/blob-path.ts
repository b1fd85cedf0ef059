import { blobPath as filePath, isKeyPart } from '@hayloft/directory-store';
import type { BlobKey } from '@hayloft/engine';

/**
 * The path of a blob below the root. `USAGE_INVALID` for what is no key, or is a name for temporary files, by the rules
 * that hold for the same folder when it is mounted.
 *
 * It is the key, but for a dot at the beginning of a part, which becomes a percent sign: servers hide such files (nginx)
 * or refuse them, and use such names for themselves. Longhorn has none.
 */
export function blobPath(key: BlobKey): string {
  filePath('', key);
  return hidden(key);
}

/** The path of a folder that keys begin with, '' or with a slash at its end. Undefined when no key can begin so. */
export function folderPath(start: string): string | undefined {
  const parts = start.split('/').slice(0, -1);
  // A URL would follow "..", and out of the store.
  return parts.every((part) => isKeyPart(part) && part !== '.' && part !== '..') ? hidden(start) : undefined;
}

/** The key whose blob has that path, or the beginning of keys that a folder stands for. Undefined for what is neither. */
export function keyOfPath(path: string): BlobKey | undefined {
  const parts = path.split('/').map((part) => part.replace(/^[%.]/, (first) => (first === '%' ? '.' : '%')));
  return parts.every(isKeyPart) ? parts.join('/') : undefined;
}

const hidden = (key: string): string => key.replaceAll(/(^|\/)\./g, '$1%');
