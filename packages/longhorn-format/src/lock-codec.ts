import { BackupError } from '@hayloft/engine';
import type { BlobKey, LockFormat, LockRecord } from '@hayloft/engine';
import { goJsonString } from './go-json.ts';
import { GoJsonReader } from './go-json-reader.ts';
import { lockKey, locksPrefix, parseLockKey } from './layout.ts';
import { printable } from './names.ts';

/** In the order of Longhorn's numbers for them; a restore holds the lock of a backup. */
const lockTypes = ['untyped', 'backup', 'deletion'] as const satisfies readonly LockRecord['type'][];

/**
 * Longhorn's lock files. A lock's age is not in the file: it is the store's time of the blob, which each rewrite moves.
 * The three times are Longhorn's: both sides must use the same ones.
 */
export const lockFormat: LockFormat = {
  prefix: locksPrefix,
  key: lockKey,
  parseKey: parseLockKey,
  encode: ({ name, type, acquired }) =>
    Buffer.from(`{"Name":${goJsonString(name)},"Type":${lockTypes.indexOf(type)},"Acquired":${acquired}}`),
  decode: decodeLock,
  expiresMs: 150_000,
  refreshMs: 60_000,
  settleMs: 2_000,
};

/** As tolerant as Longhorn's reader, but a lock that says less than its name and type is `STORE_INVALID`, not ignored. */
function decodeLock(bytes: Uint8Array, key: BlobKey): LockRecord {
  const fail = (what: string): never => {
    throw new BackupError('STORE_INVALID', `The lock ${printable(key)} ${what}`, {
      remedy: 'Wait three minutes: a lock that nobody renews expires. Then remove it with "hayloft store unlock".',
    });
  };
  const reader = new GoJsonReader(bytes, fail);
  let name = '';
  let typeNumber = '0';
  let acquired = false;
  reader.object('the lock', (written) => {
    const member = written.toLowerCase();
    if (!['name', 'type', 'acquired'].includes(member)) reader.skip();
    else if (reader.null()) return;
    else if (member === 'name') name = reader.string('Name');
    else if (member === 'type') typeNumber = reader.number('Type');
    else acquired = reader.boolean('Acquired');
  });
  if (name !== parseLockKey(key)) fail(`has the Name "${printable(name)}": it is not the lock of its file`);
  const type = /^[0-9]$/.test(typeNumber) ? lockTypes[Number(typeNumber)] : undefined;
  return { name, type: type ?? fail(`has the unknown Type ${printable(typeNumber)}`), acquired };
}
