import type { Purpose, Verb } from '../fault.ts';
import { areaOf } from '../http/dialect.ts';

/** Where the command stands in a message of SMB 2 with its length in front (MS-SMB2 2.2.1.2). */
const commandAt = 4 + 12;
const setInfo = 17;
/** FileRenameInformation (MS-FSCC 2.4.42) in the second byte behind the header's 64 and the structure's own size. */
const infoClassAt = 4 + 64 + 3;
const renameInfo = 10;

const verbs: Readonly<Record<number, Verb>> = { 8: 'get', 9: 'upload', 14: 'list' };

/** What a message of an SMB client is for; only a rename says which file it is about. */
export function smbPurposeOf(message: Buffer): Omit<Purpose, 'sizeBytes'> {
  const command = message.length > infoClassAt ? message.readUInt16LE(commandAt) : -1;
  if (command === setInfo && message[infoClassAt] === renameInfo) {
    return { verbs: ['put'], area: areaOf(message.toString('utf16le').replaceAll('\\', '/')) };
  }
  return { verbs: [verbs[command] ?? 'other'], area: 'other' };
}
