import type { Area, Purpose, Verb } from '../fault.ts';

/** Where program, version and procedure stand in a call of RPC with its mark in front (RFC 5531, 9). */
const programAt = 4 + 12;
const versionAt = programAt + 4;
const procedureAt = versionAt + 4;
const nfs = 100_003;

/** By the procedures of NFSv3 (RFC 1813, 3.3). */
const verbs: Readonly<Record<number, Verb>> = {
  1: 'stat',
  6: 'get',
  7: 'upload',
  12: 'delete',
  14: 'put',
  15: 'put',
  16: 'list',
  17: 'list',
};

/** What a call of an NFSv3 client is for; those that name a file tell by its suffix what it is. */
export function nfsPurposeOf(message: Buffer): Omit<Purpose, 'sizeBytes'> {
  const isCall = message.length >= procedureAt + 4 && message.readUInt32BE(programAt) === nfs;
  const procedure = isCall && message.readUInt32BE(versionAt) === 3 ? message.readUInt32BE(procedureAt) : -1;
  const verb = verbs[procedure] ?? 'other';
  return { verbs: [verb], area: verb === 'put' || verb === 'delete' ? areaByName(message) : 'other' };
}

const suffixes: readonly (readonly [string, Area])[] = [
  ['.blk', 'blocks'],
  ['.cfg', 'configs'],
  ['.lck', 'locks'],
];

const areaByName = (message: Buffer): Area => suffixes.find(([suffix]) => message.includes(suffix))?.[1] ?? 'other';
