import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBackupError, Secret } from '@hayloft/engine';
import { readAccess } from './s3-access.ts';
import { traitsOf } from './known-servers.ts';

const read = (keys: Record<string, string>) =>
  readAccess(new Map(Object.entries(keys).map(([key, value]) => [key, new Secret(value)])));

test('line ends around values are not part of them, and an empty value is none', () => {
  const access = read({
    AWS_ACCESS_KEY_ID: 'AKID\n',
    AWS_SECRET_ACCESS_KEY: ' secret\r\n',
    AWS_SESSION_TOKEN: '',
    AWS_ENDPOINTS: 'https://s3.example:9000/\n',
  });
  expect(access.keys!.accessKeyId).toBe('AKID');
  expect(access.keys!.secretAccessKey.reveal()).toBe('secret');
  expect(access.keys!.sessionToken).toBeUndefined();
  expect(access.endpoint!.href).toBe('https://s3.example:9000/');
});

test('nothing at all is AWS with the role of this machine', () => {
  expect(read({})).toMatchObject({ keys: undefined, endpoint: undefined, virtualHosted: true });
});

test.each([
  [{ AWS_ACCESS_KEY_ID: 'AKID' }, /no AWS_SECRET_ACCESS_KEY/],
  [{ AWS_SECRET_ACCESS_KEY: 'hunter2' }, /no AWS_ACCESS_KEY_ID/],
  [{ AWS_SESSION_TOKEN: 'hunter2' }, /no AWS_ACCESS_KEY_ID/],
  [{ AWS_ENDPOINTS: 'minio:9000' }, /AWS_ENDPOINTS/],
  [{ AWS_ENDPOINTS: 'https://a, https://b' }, /AWS_ENDPOINTS/],
  [{ AWS_ENDPOINTS: 'https://user:hunter2@a' }, /AWS_ENDPOINTS/],
  [{ AWS_ENDPOINTS: 'hunter2' }, /AWS_ENDPOINTS/],
  [{ AWS_IAM_ROLE_ARN: 'hay' }, /AWS_IAM_ROLE_ARN/],
  [{ AWS_SSE_CUSTOMER_KEY: 'hunter2' }, /AWS_SSE_CUSTOMER_KEY/],
])('CONFIGURATION_INVALID: %j', (keys: Record<string, string>, message) => {
  expect(() => read(keys)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  expect(() => read(keys)).toThrow(message);
  expect(() => read(keys)).not.toThrow(/hunter2/);
});

test('whatever the values, they are taken or refused, and no secret is shown', () => {
  const names = ['AWS_ENDPOINTS', 'AWS_IAM_ROLE_ARN', 'HTTP_PROXY', 'NO_PROXY', 'VIRTUAL_HOSTED_STYLE', 'AWS_CERT'];
  const values = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.webUrl()));
  fc.assert(
    fc.property(values, (more) => {
      try {
        const access = read({ ...more, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'hunter2-hunter2' });
        expect(inspect(access, { depth: 9 })).not.toContain('hunter2-hunter2');
      } catch (error) {
        if (!isBackupError(error, 'CONFIGURATION_INVALID')) throw error;
      }
    }),
  );
});

describe('what is known of a server', () => {
  const ceph = 'tx00000a1b2c3d4e5f60718-0065a1b2c3-1036-default';
  const none = { conditionalPut: false, consistentListing: false };
  const all = { conditionalPut: true, consistentListing: true };
  test.each([
    ['AWS', undefined, 'ABCDEF0123456789', {}, all],
    ['AWS by a named endpoint', 'https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com', undefined, {}, all],
    ['Ceph, by its request ids', 'http://gate', ceph, {}, all],
    ['Swift, whose ids look alike', 'http://gate', 'tx0a1b2c3d4e5f60718293a-0065a1b2c3', {}, none],
    ['Google', 'https://storage.googleapis.com', undefined, {}, { conditionalPut: false, consistentListing: true }],
    ['a name that only ends alike', 'https://notamazonaws.com', undefined, {}, none],
    ['any other', 'http://gate', '17A5B2', {}, none],
    ['any other, with a word of the user', 'http://gate', undefined, all, all],
    ['AWS, with a word of the user', undefined, undefined, none, none],
  ])('%s', (_, endpoint, requestId, options, expected) => {
    expect(
      traitsOf(endpoint === undefined ? undefined : new URL(endpoint), { requestId, serverName: undefined }, options),
    ).toEqual(expected);
  });

  test.each([
    ['VERSITYGW', true],
    ['MinIO', true],
    ['nginx', false],
    [undefined, false],
  ])('a server that calls itself %s lists consistently: %s', (serverName, consistentListing) => {
    const traits = traitsOf(new URL('http://gate'), { requestId: undefined, serverName }, {});
    expect(traits).toEqual({ conditionalPut: false, consistentListing });
  });
});
