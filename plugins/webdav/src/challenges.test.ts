import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseChallenges } from './challenges.ts';

const read = (header: string): unknown[] =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test.each<[string, unknown[]]>([
  ['', []],
  ['Basic', [['basic', {}]]],
  ['Basic realm="hay & \\"barn\\", west"', [['basic', { realm: 'hay & "barn", west' }]]],
  [
    'Negotiate, Basic realm=x',
    [
      ['negotiate', {}],
      ['basic', { realm: 'x' }],
    ],
  ],
  [
    'Negotiate YII/a+b==, NTLM,, Basic realm="x"',
    [
      ['negotiate', {}],
      ['ntlm', {}],
      ['basic', { realm: 'x' }],
    ],
  ],
  [
    'Digest REALM="x", nonce="a=b,c", algorithm=MD5, qop="auth,auth-int", Bearer',
    [
      ['digest', { realm: 'x', nonce: 'a=b,c', algorithm: 'MD5', qop: 'auth,auth-int' }],
      ['bearer', {}],
    ],
  ],
  ['Basic realm="x", @', [['basic', { realm: 'x' }]]],
])('%j is read', (header, expected) => {
  expect(read(header)).toEqual(expected);
});

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const challenge = fc.tuple(name, fc.dictionary(name, fc.string(), { minKeys: 1, noNullPrototype: true }));

test('what is written by the rules is read back', () => {
  fc.assert(
    fc.property(fc.array(challenge), (challenges) => {
      const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
      const header = challenges
        .map(([scheme, parameters]) => {
          const written = Object.entries(parameters).map(([key, value]) => `${key}=${quote(value)}`);
          return `${scheme} ${written.join(', ')}`;
        })
        .join(', ');
      expect(read(header)).toEqual(challenges);
    }),
  );
});

test('whatever a server sends, reading it ends', () => {
  fc.assert(fc.property(fc.string(), (header) => void parseChallenges(header)));
});
