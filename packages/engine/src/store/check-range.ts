import { BackupError } from '../errors.ts';
import type { GetOptions } from '../contracts/store.ts';

/** For drivers: `RANGE_INVALID` for a range that is not inside `sizeBytes` bytes; `what` names the blob. */
export function checkRange(
  { offset, length }: NonNullable<GetOptions['range']>,
  sizeBytes: number,
  what: string,
): void {
  if (offset >= 0 && length >= 0 && offset + length <= sizeBytes) return;
  const of = Number.isFinite(sizeBytes) ? ` of ${sizeBytes}` : '';
  throw new BackupError('RANGE_INVALID', `bytes ${offset} to ${offset + length} are not all in ${what}${of}`, {
    remedy: 'Ask for bytes that are there.',
  });
}
