import { expect, test } from '@jest/globals';
import type { Aim, Fault, Purpose } from './fault.ts';
import { Striker } from './striker.ts';

const faultOf = (aim: Aim, act: Fault['act'] = { kind: 'refuse' }): Fault => ({
  group: 'test',
  name: 'test',
  aim,
  act,
  expected: 'right',
});
const put: Purpose = { verbs: ['put', 'upload'], area: 'blocks', sizeBytes: 100 };
const list: Purpose = { verbs: ['list'], area: 'configs', sizeBytes: 0 };

/** Which of ten requests, alternately of one purpose and the other, are struck. */
function struckOf(fault: Fault, purposes: readonly Purpose[] = [put, list]): number[] {
  const striker = new Striker(fault);
  const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
  const struck = numbers.filter((number) => striker.next(purposes[(number - 1) % purposes.length]!) !== undefined);
  expect(striker.struck).toBe(struck.length);
  return struck;
}

test.each<[string, Aim, number[]]>([
  ['the first', {}, [1]],
  ['the third', { from: 3 }, [3]],
  ['two in a row', { from: 2, times: 2 }, [2, 3]],
  ['every third, for ever', { from: 2, every: 3, times: Infinity }, [2, 5, 8]],
  ['two of every third', { every: 3, times: 2 }, [1, 4]],
  ['of one verb', { verb: 'list', from: 2, times: 2 }, [4, 6]],
  ['of one area', { area: 'blocks', times: Infinity }, [1, 3, 5, 7, 9]],
  ['only long ones', { minBytes: 100, from: 5 }, [9]],
])('%s', (_, aim, expected) => {
  expect(struckOf(faultOf(aim))).toEqual(expected);
});

test('chance strikes the same requests each time', () => {
  const acts = [{ kind: 'refuse' }, { kind: 'cut' }] as const;
  const fault = faultOf({ times: Infinity }, { kind: 'one-of', seed: 3, oneIn: 3, acts });
  const struck = struckOf(fault);
  expect(struck.length).toBeGreaterThan(0);
  expect(struck.length).toBeLessThan(10);
  expect(struckOf(fault)).toEqual(struck);
});

test('a pause holds requests back until it is over, and not for longer', () => {
  const striker = new Striker(faultOf({ times: Infinity }, { kind: 'pause', ms: 60_000 }));
  expect(striker.next(put)).toEqual({ kind: 'delay', ms: expect.closeTo(60_000, -3) });
  const short = new Striker(faultOf({ times: Infinity }, { kind: 'pause', ms: 0 }));
  short.next(put);
  expect(short.next(put)).toEqual({ kind: 'delay', ms: 0 });
});
