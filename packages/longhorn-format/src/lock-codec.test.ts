import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBackupError } from '@hayloft/engine';
import { lockFormat } from './lock-codec.ts';

const name = 'lock-f2bc0336a94c438f';
const key = lockFormat.key(name);
const decode = (text: string) => lockFormat.decode(Buffer.from(text), key);

test('a lock is written as Longhorn writes it', () => {
  expect(Buffer.from(lockFormat.encode({ name, type: 'backup', acquired: false })).toString()).toBe(
    '{"Name":"lock-f2bc0336a94c438f","Type":1,"Acquired":false}',
  );
});

test.each(['untyped', 'backup', 'deletion'] as const)('a lock of type %s comes back', (type) => {
  for (const acquired of [false, true]) {
    expect(lockFormat.decode(lockFormat.encode({ name, type, acquired }), key)).toEqual({ name, type, acquired });
  }
});

test('what Longhorn tolerates is tolerated', () => {
  const text = `{"name":"${name}","TYPE":2,"Future":{},"Acquired":null} trailing`;
  expect(decode(text)).toEqual({ name, type: 'deletion', acquired: false });
});

test.each([
  ['nothing', '', /is empty/],
  ['half a lock', '{"Name":"lock-f2bc', /cut short/],
  ['no object', '[]', /an array where the lock/],
  ['no name', '{"Type":1}', /Name ""/],
  ['another lock’s name', '{"Name":"lock-1","Type":1}', /Name "lock-1"/],
  ['an unknown type', `{"Name":"${name}","Type":3}`, /unknown Type 3/],
  ['a type in quotes', `{"Name":"${name}","Type":"1"}`, /a string where Type/],
  ['a type that is no whole number', `{"Name":"${name}","Type":1.0}`, /unknown Type 1.0/],
])('STORE_INVALID: %s', (_what, text, message) => {
  expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'STORE_INVALID' }));
  expect(() => decode(text)).toThrow(message);
});

test('whatever the bytes, decoding gives a lock or STORE_INVALID', () => {
  const survives = (bytes: Uint8Array): void => {
    try {
      lockFormat.decode(bytes, key);
    } catch (error) {
      if (!isBackupError(error, 'STORE_INVALID')) throw error;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), survives));
  const whole = lockFormat.encode({ name, type: 'backup', acquired: true });
  fc.assert(fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => survives(whole.with(at, byte))));
});

test('the three times are Longhorn’s', () => {
  expect([lockFormat.expiresMs, lockFormat.refreshMs, lockFormat.settleMs]).toEqual([150_000, 60_000, 2_000]);
});
