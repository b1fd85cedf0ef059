import { all, type Expected, type Fault } from '../fault.ts';

const group = 'Connections';

/** A call there is several requests, one of which is always struck; `open` may be through before. */
const severalRequests: Expected = { ...all('STORE_UNAVAILABLE'), open: ['right', 'STORE_UNAVAILABLE'] };
/** A listing is one request a folder, and starts anew when one of them fails. */
const eitherWay: Expected = {
  ...all(['right', 'STORE_UNAVAILABLE']),
  verify: ['right', 'STORE_UNAVAILABLE', 'PARTLY_UNTRIED'],
};
/** `open` is not tried again: it has to say at once what is wrong, and its second request is struck. */
const openIsNotRetried: Expected = { open: 'STORE_UNAVAILABLE' };

/** Connections that do not come about, break or are slow. */
export const breakingConnections: readonly Fault[] = [
  {
    group,
    name: 'nobody answers: every connection is closed at once',
    aim: { times: Infinity },
    act: { kind: 'refuse' },
    expected: 'STORE_UNAVAILABLE',
  },
  {
    group,
    name: 'a connection breaks before the request arrives',
    aim: { from: 2 },
    act: { kind: 'refuse' },
    expected: 'right',
    except: { webdav: openIsNotRetried, nfs: openIsNotRetried, cifs: openIsNotRetried },
  },
  {
    group,
    name: 'every fifth request meets a broken connection',
    aim: { from: 5, every: 5, times: Infinity },
    act: { kind: 'refuse' },
    expected: 'right',
    except: { webdav: severalRequests, nfs: severalRequests, cifs: severalRequests },
  },
  {
    group,
    name: 'every five-hundredth request meets a broken connection',
    aim: { from: 20, every: 500, times: Infinity },
    act: { kind: 'refuse' },
    expected: 'right',
  },
  {
    group,
    name: 'one request in forty comes to harm, in ways that a seed decides',
    aim: { from: 2, times: Infinity },
    act: {
      kind: 'one-of',
      seed: 52,
      oneIn: 40,
      acts: [
        { kind: 'refuse' },
        { kind: 'swallow' },
        { kind: 'cut' },
        { kind: 'delay', ms: 50 },
        { kind: 'answer', answer: { status: 503 } },
        { kind: 'answer', answer: { status: 500 }, effect: true },
      ],
    },
    expected: 'right',
    except: { webdav: eitherWay },
  },
  {
    group,
    name: 'a block is stored, and the answer is lost',
    aim: { verb: 'put', area: 'blocks' },
    act: { kind: 'swallow' },
    expected: 'right',
  },
  {
    group,
    name: 'a config is stored, and the answer is lost',
    aim: { verb: 'put', area: 'configs' },
    act: { kind: 'swallow' },
    expected: 'right',
  },
  {
    group,
    name: 'a lock is stored, and the answer is lost',
    aim: { verb: 'put', area: 'locks' },
    act: { kind: 'swallow' },
    expected: 'right',
  },
  {
    group,
    name: 'a lock is deleted, and the answer is lost',
    aim: { verb: 'delete', area: 'locks' },
    act: { kind: 'swallow' },
    expected: 'right',
  },
  {
    group,
    name: 'a connection breaks in the middle of an upload',
    aim: { verb: 'upload', minBytes: 1_000_000 },
    act: { kind: 'cut-upload' },
    expected: 'right',
  },
  {
    group,
    name: 'a connection breaks in the middle of what is read',
    aim: { verb: 'get' },
    act: { kind: 'cut' },
    expected: 'right',
  },
  {
    group,
    name: 'connections break in the middle of every block that is read',
    aim: { verb: 'get', area: 'blocks', times: Infinity },
    act: { kind: 'cut' },
    expected: {
      backup: 'STORE_UNAVAILABLE',
      second: 'STORE_UNAVAILABLE',
      restore: 'STORE_UNAVAILABLE',
      verify: 'PARTLY_UNTRIED',
    },
  },
  {
    group,
    name: 'a connection breaks in the middle of a listing',
    aim: { verb: 'list' },
    act: { kind: 'cut' },
    expected: openIsNotRetried,
    except: { webdav: 'right', nfs: 'right', cifs: 'right' },
  },
  {
    group,
    name: 'every answer is 20 ms late',
    aim: { times: Infinity },
    act: { kind: 'delay', ms: 20 },
    expected: 'right',
  },
  {
    group,
    name: 'the server stops for 2 s in the middle',
    aim: { from: 4, times: Infinity },
    act: { kind: 'pause', ms: 2_000 },
    expected: 'right',
  },
  {
    group,
    name: 'a request is never answered, and the user stops the run',
    aim: { from: 1 },
    act: { kind: 'stall' },
    expected: 'stopped',
  },
];
