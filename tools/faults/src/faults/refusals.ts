import type { Fault, MadeUpAnswer } from '../fault.ts';

const group = 'Refusals';

const refusal = (status: number, headers: Readonly<Record<string, string>> = {}): MadeUpAnswer => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: 'No.\n',
});

const struckOnce = ([status, headers]: readonly [number, Readonly<Record<string, string>>?]): Fault => ({
  group,
  name: `one request is answered ${status}${headers === undefined ? '' : ', with Retry-After'}`,
  aim: { from: 2 },
  act: { kind: 'answer', answer: refusal(status, headers) },
  expected: 'right',
  // `open` is not tried again, and its second request is struck: the first one asks whether a password is wanted.
  except: { webdav: { open: 'STORE_UNAVAILABLE' } },
});

const struckAlways = (status: number): Fault => ({
  group,
  name: `every request is answered ${status}`,
  aim: { times: Infinity },
  act: { kind: 'answer', answer: refusal(status) },
  expected: 'STORE_UNAVAILABLE',
});

/** Answers that say no. */
export const refusals: readonly Fault[] = [
  ...([[500], [502], [503, { 'retry-after': '1' }], [429, { 'retry-after': '1' }]] as const).map(struckOnce),
  ...[500, 503, 429].map(struckAlways),
  {
    group,
    name: 'a block is stored, and answered 500',
    aim: { verb: 'put', area: 'blocks' },
    act: { kind: 'answer', answer: refusal(500), effect: true },
    expected: 'right',
  },
  {
    group,
    name: 'a config is stored, and answered 500',
    aim: { verb: 'put', area: 'configs' },
    act: { kind: 'answer', answer: refusal(500), effect: true },
    expected: 'right',
  },
  {
    group,
    name: 'from the third request on all are answered 403: the key was revoked',
    aim: { from: 3, times: Infinity },
    act: { kind: 'answer', answer: refusal(403) },
    expected: {
      backup: 'ACCESS_DENIED',
      second: 'ACCESS_DENIED',
      restore: 'ACCESS_DENIED',
      verify: 'ACCESS_DENIED',
      prune: 'ACCESS_DENIED',
    },
  },
  {
    group,
    name: 'what is written is answered 507: the server is full',
    aim: { verb: 'upload', times: Infinity },
    act: { kind: 'answer', answer: refusal(507) },
    expected: { backup: 'NO_SPACE', second: 'NO_SPACE', restore: 'NO_SPACE', verify: 'NO_SPACE', prune: 'NO_SPACE' },
  },
  {
    group,
    name: 'locks cannot be deleted',
    aim: { verb: 'delete', area: 'locks', times: Infinity },
    act: { kind: 'answer', answer: refusal(500) },
    // Its own lock of the backup before it stands in the way, as another run's would; it expires.
    expected: { prune: 'STORE_LOCKED' },
  },
];
