import type { Expected, Fault } from '../fault.ts';

const group = 'Bytes that are others';

/** Only a block of noise is as long. */
const largeBytes = 1_000_000;

/** While a backup looks how the pool is packed, the range that comes is not the one that was asked for. */
const shortRange: Expected = {
  backup: 'STORE_INVALID',
  second: 'STORE_INVALID',
  restore: 'DATA_CORRUPT',
  verify: 'DATA_CORRUPT',
};
/** The server takes the request for one that somebody else wrote. */
const lengthIsSigned: Expected = { backup: 'ACCESS_DENIED', second: 'ACCESS_DENIED' };

/** Blobs that arrive short or changed, in messages of good form. */
export const changedBytes: readonly Fault[] = [
  {
    group,
    name: 'a block that is read is cut short, and its length fits',
    aim: { verb: 'get', area: 'blocks', from: 3 },
    act: { kind: 'shorten' },
    expected: { restore: 'DATA_CORRUPT', verify: 'DATA_CORRUPT' },
    except: {
      s3: shortRange,
      azure: shortRange,
      webdav: { backup: 'STORE_INVALID', second: 'STORE_INVALID' },
    },
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
    except: { webdav: 'right' },
  },
  {
    group,
    name: 'an upload arrives cut short, and its length fits',
    aim: { verb: 'upload', minBytes: largeBytes },
    act: { kind: 'shorten-upload' },
    expected: 'right',
    except: { s3: lengthIsSigned, azure: lengthIsSigned },
  },
  {
    group,
    name: 'an upload arrives with another bit',
    aim: { verb: 'upload', minBytes: largeBytes },
    act: { kind: 'garble-upload' },
    expected: 'right',
    except: { webdav: { verify: 'DATA_CORRUPT' } },
    unnoticedBy: ['webdav'],
  },
];
