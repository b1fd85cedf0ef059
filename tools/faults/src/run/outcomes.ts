import { isBackupError, type VerifyResult } from '@hayloft/engine';
import type { Outcome } from '../fault.ts';
import type { KnownImage } from './images.ts';

/** What is no `BackupError` is a bug, and is thrown on. */
export function outcomeOfError(error: unknown): Outcome {
  if (!isBackupError(error)) throw error;
  return error.code;
}

/** `right` only if every backup that was done is there and sound. */
export function outcomeOfVerify({ problems, untried, items }: VerifyResult, done: readonly KnownImage[]): Outcome {
  // As the command "backup verify" says it.
  if (problems.some(({ kind }) => kind !== 'unreadable')) return 'DATA_CORRUPT';
  if (problems.length + untried.length > 0) return 'PARTLY_UNTRIED';
  for (const image of done) {
    const item = items.find(({ name }) => name === image.name);
    if (item === undefined) return 'fewer';
    if (item.checksum !== image.checksum) throw new Error(`${image.name} was verified as ${item.checksum}`);
  }
  return 'right';
}
