import { BackupError } from '@hayloft/engine';
import type { VerifiedBackup, VerifyResult } from '@hayloft/engine';

/** The error of a verification that does not prove every backup. Damage is worse than what could not be looked at. */
export function failedVerification(result: VerifyResult): BackupError {
  const { problems, items, untried } = result;
  const damage = problems.filter(({ kind }) => kind !== 'unreadable');
  if (damage.length > 0) {
    const damaged = items.filter((item) => !item.ok && !isUnread(item)).map(({ name }) => name);
    return new BackupError('DATA_CORRUPT', `${damage.length} blocks or digests are wrong in: ${damaged.join(', ')}`, {
      remedy: `Heal it with "hayloft backup repair ${damaged[0]!}" from an image or another store that has its bytes.`,
      result,
    });
  }
  const unread = items.filter(isUnread).length + untried.length;
  const why = untried[0]?.message ?? problems[0]!.detail;
  const message = `${unread} of ${items.length + untried.length} backups could not be verified: ${why}`;
  return new BackupError('PARTLY_UNTRIED', message, {
    remedy:
      'Try again when the store answers, and runs in progress have ended; delete backups whose config cannot be read.',
    result,
  });
}

/** Nothing of it is known to be wrong, but not every block could be read. */
export function isUnread({ problems }: Pick<VerifiedBackup, 'problems'>): boolean {
  return problems.length > 0 && problems.every(({ kind }) => kind === 'unreadable');
}
