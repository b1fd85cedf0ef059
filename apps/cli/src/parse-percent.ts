import { BackupError } from '@hayloft/engine';

/** A share above 0 and up to 100, with or without the sign. */
export function parsePercent(text: string): number {
  const percent = /^[0-9]+(?:\.[0-9]+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (percent > 0 && percent <= 100) return percent;
  throw new BackupError('USAGE_INVALID', `"${text}" is no share of the blocks`, {
    remedy: 'Give a number of percent above 0 and up to 100, such as --sample 5.',
  });
}
