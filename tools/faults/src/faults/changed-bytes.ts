import type { Fault } from '../fault.ts';

const group = 'Bytes that are others';

/** Only a block of noise is as long. */
const largeBytes = 1_000_000;

/** Blobs that arrive short or changed, in messages of good form. */
export const changedBytes: readonly Fault[] = [
  {
    group,
    name: 'a block that is read is cut short, and its length fits',
    aim: { verb: 'get', area: 'blocks', from: 3 },
    act: { kind: 'shorten' },
    expected: { restore: 'DATA_CORRUPT', verify: 'DATA_CORRUPT' },
  },
  {
    group,
    name: 'a block that is read has another bit',
    aim: { verb: 'get', area: 'blocks', from: 3 },
    act: { kind: 'garble' },
    expected: { restore: 'DATA_CORRUPT', verify: 'DATA_CORRUPT' },
  },
  {
    group,
    name: 'a config that is read is cut short, and its length fits',
    aim: { verb: 'get', area: 'configs' },
    act: { kind: 'shorten' },
    expected: { restore: 'STORE_INVALID', verify: 'PARTLY_UNTRIED', prune: 'STORE_INVALID' },
  },
  {
    group,
    name: 'an upload arrives cut short, and its length fits',
    aim: { verb: 'upload', minBytes: largeBytes },
    act: { kind: 'shorten-upload' },
    expected: 'right',
  },
  {
    group,
    name: 'an upload arrives with another bit',
    aim: { verb: 'upload', minBytes: largeBytes },
    act: { kind: 'garble-upload' },
    expected: 'right',
  },
];
