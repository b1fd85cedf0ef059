import { expect, test } from '@jest/globals';
import { Secret } from '@hayloft/engine';
import { createAuthenticator } from './authenticator.ts';
import { parseChallenges } from './challenges.ts';
import { answerDigest, chooseDigest } from './digest.ts';

const password = { kind: 'password', user: 'me', password: new Secret('hay') } as const;
const basic = 'Basic realm="x"';
const digest = (nonce: string, stale = ''): string => `Digest realm="x", nonce="${nonce}", qop="auth"${stale}`;
const send = (by: ReturnType<typeof createAuthenticator>): string => by.authorize('GET', '/') ?? '';

/** RFC 7616, 3.9.1. */
const example = {
  method: 'GET',
  uri: '/dir/index.html',
  user: 'Mufasa',
  password: 'Circle of Life',
  count: 1,
  clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const exampleRealm = 'realm="http-auth@example.org", qop="auth, auth-int"';
const exampleNonce =
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

test.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('the example of RFC 7616 with %s', (algorithm, response) => {
  const [challenge] = parseChallenges(`Digest ${exampleRealm}, algorithm=${algorithm}, ${exampleNonce}`);
  expect(answerDigest(challenge!, example)).toContain(`response="${response}"`);
});

test('the example of RFC 2069, as old servers want it', () => {
  const [challenge] = parseChallenges('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"');
  const answer = answerDigest(challenge!, { ...example, password: 'CircleOfLife' });
  expect(answer).toContain('response="1949323746fe6a43ef61f9606e7febea"');
  expect(answer).not.toMatch(/qop|nc=|cnonce/);
});

test('a session keeps its secret as long as its nonce', () => {
  const [challenge] = parseChallenges('Digest realm="x", nonce="n", qop="auth", algorithm=MD5-sess');
  const first = answerDigest(challenge!, { ...example, clientNonce: 'c' });
  expect(first).toContain('algorithm=MD5-sess');
  expect(answerDigest(challenge!, { ...example, clientNonce: 'd' })).not.toBe(first);
});

test('the best hash that is understood is chosen, and none that is not', () => {
  const offers = parseChallenges(
    'Digest nonce="a", Digest nonce="b", algorithm=SHA-256, Digest nonce="c", algorithm=SHA3-999, Digest algorithm=SHA-256',
  );
  expect(chooseDigest(offers)?.parameters.get('nonce')).toBe('b');
  expect(chooseDigest(parseChallenges('Digest nonce="c", algorithm=SHA3-999'))).toBeUndefined();
  expect(chooseDigest(parseChallenges('Digest nonce="c", qop="auth-int"'))).toBeUndefined();
});

test('a password is sent only when it is asked for, and not in clear text where a digest will do', () => {
  const by = createAuthenticator(password);
  expect(send(by)).toBe('');
  expect(by.learn(`${basic}, ${digest('n1')}`, undefined)).toBe(true);
  expect(send(by)).toMatch(/^Digest .*nonce="n1".*nc=00000001/);
  expect(send(by)).toMatch(/nc=00000002/);
});

test('basic is UTF-8, and refused once it is refused for good', () => {
  const by = createAuthenticator({ kind: 'password', user: 'mé', password: new Secret('päss:wörd') });
  expect(by.learn(basic, undefined)).toBe(true);
  expect(send(by)).toBe(`Basic ${Buffer.from('mé:päss:wörd').toString('base64')}`);
  expect(by.learn(basic, send(by))).toBe(false);
});

test('a stale nonce is renewed, a wrong password is not tried again', () => {
  const by = createAuthenticator(password);
  by.learn(digest('n1'), undefined);
  const sent = send(by);
  expect(by.learn(digest('n2'), sent)).toBe(false);
  expect(by.learn(digest('n3', ', stale=TRUE'), sent)).toBe(true);
  expect(send(by)).toMatch(/nonce="n3".*nc=00000001/);
});

test('a request that was under way when another learnt of a fresh nonce is sent again with it', () => {
  const by = createAuthenticator(password);
  by.learn(digest('n1'), undefined);
  const [first, second] = [send(by), send(by)];
  expect(by.learn(digest('n2', ', stale=true'), first)).toBe(true);
  expect(by.learn(digest('n3'), second)).toBe(true);
});

test('a way that nobody knows is not tried', () => {
  expect(createAuthenticator(password).learn('Negotiate, NTLM', undefined)).toBe(false);
  expect(createAuthenticator({ kind: 'none' }).learn(basic, undefined)).toBe(false);
  const token = createAuthenticator({ kind: 'token', token: new Secret('t') });
  expect(send(token)).toBe('Bearer t');
  expect(token.learn('Bearer error="invalid_token"', 'Bearer t')).toBe(false);
});
