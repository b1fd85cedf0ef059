import { BackupError } from '../errors.ts';

/** `USAGE_INVALID` for an expected checksum that is no SHA-512 in lower-case hex. */
export function checkChecksumForm(checksum: string | undefined): void {
  if (checksum === undefined || /^[0-9a-f]{128}$/.test(checksum)) return;
  throw new BackupError('USAGE_INVALID', `"${checksum}" is not a SHA-512 checksum: ${checksum.length} characters`, {
    remedy: 'Give the 128 lower-case hex digits that "sha512sum" prints for the image.',
  });
}

/** `CHECKSUM_MISMATCH` unless nothing was expected or both are equal. */
export function compareChecksums(actual: string, expected: string | undefined, what: string): void {
  if (expected === undefined || actual === expected) return;
  throw new BackupError('CHECKSUM_MISMATCH', `${what}: expected SHA-512 ${expected}, got ${actual}`, {
    remedy:
      'Nothing was kept. Check the checksum and the source; a backup can be checked with "hayloft backup verify".',
  });
}
