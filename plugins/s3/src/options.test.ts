import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBackupError } from '@hayloft/engine';
import { parseTargetUrl } from '@hayloft/longhorn-format';
import { optionsOf, parseOptions } from './options.ts';

const ofUrl = (url: string) => parseOptions(optionsOf(parseTargetUrl(url)));

test.each([
  ['s3://bucket@us-east-1/', { bucket: 'bucket', region: 'us-east-1', prefix: '' }],
  ['s3://bucket@us-east-1', { bucket: 'bucket', region: 'us-east-1', prefix: '' }],
  ['s3://bucket@us-east-1/a/b/', { bucket: 'bucket', region: 'us-east-1', prefix: 'a/b/' }],
  ['s3://bucket@us-east-1/a//b', { bucket: 'bucket', region: 'us-east-1', prefix: 'a/b/' }],
  ['s3://bucket/a/', { bucket: 'bucket', prefix: 'a/' }],
  ['s3://my.bucket-1@eu-west-1/my%20backups/', { bucket: 'my.bucket-1', region: 'eu-west-1', prefix: 'my backups/' }],
])('%s', (url, expected) => {
  expect(ofUrl(url)).toEqual(expected);
});

test.each([
  ['s3://b@us-east-1/', /"bucket"/],
  ['s3://-bucket@us-east-1/', /"bucket"/],
  ['s3://bucket@us_east/', /"region"/],
  ['s3://bucket@localhost:9000/', /"region"/],
  ['s3://bucket@us-east-1/?region=x', /\?region=/],
  [`s3://bucket@us-east-1/${'x'.repeat(770)}/`, /"prefix"/],
])('CONFIGURATION_INVALID: %s', (url, message) => {
  expect(() => ofUrl(url)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  expect(() => ofUrl(url)).toThrow(message);
});

test.each([
  ['no table', 'x', /expected object/],
  ['no bucket', {}, /"bucket"/],
  ['an unknown option', { bucket: 'bucket', acl: 'private' }, /acl/],
  ['a text as switch', { bucket: 'bucket', conditionalPut: 'yes' }, /"conditionalPut"/],
  ['a prefix that goes up', { bucket: 'bucket', prefix: 'a/../b' }, /"prefix"/],
  ['a key without KMS', { bucket: 'bucket', encryption: 'AES256', kmsKeyId: 'x' }, /kmsKeyId/],
  ['an unknown encryption', { bucket: 'bucket', encryption: 'rot13' }, /"encryption"/],
])('CONFIGURATION_INVALID: %s', (_, options, message) => {
  expect(() => parseOptions(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  expect(() => parseOptions(options)).toThrow(message);
});

describe('whatever the options', () => {
  test('they are taken or CONFIGURATION_INVALID, and a prefix that is taken is clean', () => {
    const options = fc.record(
      {
        bucket: fc.oneof(fc.constant('bucket'), fc.string()),
        region: fc.string(),
        prefix: fc.string({ unit: 'binary' }),
      },
      { requiredKeys: ['bucket'] },
    );
    fc.assert(
      fc.property(options, (value) => {
        try {
          const { prefix } = parseOptions(value);
          expect(prefix).toMatch(/^(?:[^/]+\/)*$/);
          expect(prefix.split('/')).not.toContain('..');
        } catch (error) {
          if (!isBackupError(error, 'CONFIGURATION_INVALID')) throw error;
        }
      }),
    );
  });
});
