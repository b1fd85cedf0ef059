import { BackupError } from '@hayloft/engine';

/** Longhorn's own rule for the names in a store. */
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Longhorn's services refuse longer image names, so a longer one could not be restored there. */
const nameLengthMax = 64;

/** True for a name that Longhorn's library accepts when it reads a store; it sets no upper bound there. */
export function isName(name: string): boolean {
  return namePattern.test(name);
}

/** Refuses a name for a new backup that Longhorn would not take: `USAGE_INVALID`. */
export function checkName(name: string): void {
  if (isName(name) && name.length <= nameLengthMax) return;
  throw new BackupError('USAGE_INVALID', `"${printable(name)}" cannot be a backup's name`, {
    remedy: `Choose 2 to ${nameLengthMax} letters, digits, dots, dashes and underscores, with a letter or digit first.`,
  });
}

/** A value from outside, short and on one line, for a message. */
export function printable(value: string): string {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return JSON.stringify(shown)
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028\u2029]/g, '�');
}
