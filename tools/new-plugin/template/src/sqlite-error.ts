import { BackupError, type ErrorCode } from '@hayloft/engine';

/** What SQLite's result codes mean to a user, and what to do about each. */
const meanings: Readonly<Record<number, readonly [ErrorCode, remedy: string]>> = {
  3: ['ACCESS_DENIED', 'Give this user the rights to the file.'],
  5: ['STORE_UNAVAILABLE', 'Wait until the other process is done, then run the same command again.'],
  6: ['STORE_UNAVAILABLE', 'Wait until the other process is done, then run the same command again.'],
  8: ['STORE_READ_ONLY', 'Give this user the right to write the file and its folder.'],
  10: ['STORE_UNAVAILABLE', 'Check the disk, then run the same command again.'],
  11: ['STORE_INVALID', 'Restore the file; "sqlite3 FILE .recover" may help.'],
  13: ['NO_SPACE', 'Make room on the disk, or raise "sizeBytesMax" of this target.'],
  14: ['STORE_INVALID', 'Check the path and the rights to it.'],
  26: ['STORE_INVALID', 'Choose another path: this file holds something else.'],
};

/** The one place where the vendor's errors become ours; what is translated already, and what is none, stays as it is. */
export function sqliteError(error: unknown, doing: string): unknown {
  const code = (error as { readonly errcode?: unknown } | undefined)?.errcode;
  // Extended codes hold the plain one in their lowest byte.
  const meaning = typeof code === 'number' ? meanings[code & 0xff] : undefined;
  if (meaning === undefined) return error;
  return new BackupError(meaning[0], `${doing}: ${(error as Error).message}`, { remedy: meaning[1], cause: error });
}
