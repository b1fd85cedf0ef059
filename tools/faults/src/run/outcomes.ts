import { isBackupError, type ErrorCode, type VerifyProblem, type VerifyResult } from '@hayloft/engine';
import type { Outcome } from '../fault.ts';
import type { KnownImage } from './images.ts';

/** What is no `BackupError` is a bug, and is thrown on. */
export function outcomeOfError(error: unknown): Outcome {
  if (!isBackupError(error)) throw error;
  return error.code;
}

const codes: Readonly<Record<VerifyProblem['kind'], ErrorCode>> = {
  missing: 'BLOCK_MISSING',
  corrupt: 'DATA_CORRUPT',
  length: 'DATA_CORRUPT',
  unreadable: 'STORE_UNAVAILABLE',
  checksum: 'CHECKSUM_MISMATCH',
};

/** `right` only if every backup that was done is there and sound. */
export function outcomeOfVerify({ problems, untried, items }: VerifyResult, done: readonly KnownImage[]): Outcome {
  const [problem] = problems;
  if (problem !== undefined) return codes[problem.kind];
  if (untried.length > 0) return 'STORE_INVALID';
  for (const image of done) {
    const item = items.find(({ name }) => name === image.name);
    if (item === undefined) return 'fewer';
    if (item.checksum !== image.checksum) throw new Error(`${image.name} was verified as ${item.checksum}`);
  }
  return 'right';
}
