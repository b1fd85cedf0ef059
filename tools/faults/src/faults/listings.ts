import { all, type Fault } from '../fault.ts';

const group = 'Listings';

/** Listings that break off, leave something out or are old. */
export const listings: readonly Fault[] = [
  {
    group,
    name: 'a listing ends in the middle, and its length fits',
    aim: { verb: 'list' },
    act: { kind: 'shorten' },
    expected: 'STORE_INVALID',
    // A folder that fails to be read on says so, and is read again.
    except: { file: 'right', webdav: { ...all('STORE_INVALID'), open: 'right' } },
  },
  {
    group,
    name: 'listings of blocks leave out every second one',
    aim: { verb: 'list', area: 'blocks', times: Infinity },
    act: { kind: 'half-listing' },
    expected: 'right',
  },
  {
    group,
    name: 'one listing of backups leaves out every second one',
    aim: { verb: 'list', area: 'configs' },
    act: { kind: 'half-listing' },
    expected: { verify: 'fewer', prune: 'STORE_LOCKED' },
  },
  {
    group,
    name: 'listings of blocks are old',
    aim: { verb: 'list', area: 'blocks', times: Infinity },
    act: { kind: 'stale-listing' },
    expected: 'right',
  },
  {
    group,
    name: 'listings of locks are old',
    aim: { verb: 'list', area: 'locks', times: Infinity },
    act: { kind: 'stale-listing' },
    expected: 'right',
  },
  {
    group,
    name: 'one listing of backups is old',
    aim: { verb: 'list', area: 'configs' },
    act: { kind: 'stale-listing' },
    expected: { verify: 'fewer', prune: 'STORE_LOCKED' },
  },
];
