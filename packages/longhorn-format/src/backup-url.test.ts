import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBackupError } from '@hayloft/engine';
import { backupUrl, parseBackupUrl } from './backup-url.ts';

test.each([
  ['test-image', 'http://example.com', 'http://example.com?backingImage=test-image'],
  ['test-image', 'http://example.com?param=value', 'http://example.com?param=value&backingImage=test-image'],
  ['test-image', 'nfs://svc.default:/opt/backupstore', 'nfs://svc.default:/opt/backupstore?backingImage=test-image'],
  [
    'test-image',
    'nfs://svc.default:/opt/backupstore?nfsOptions=soft,timeo=330,retrans=3',
    'nfs://svc.default:/opt/backupstore?nfsOptions=soft,timeo=330,retrans=3&backingImage=test-image',
  ],
  ['parrot', 's3://backupbucket@us-east-1/', 's3://backupbucket@us-east-1/?backingImage=parrot'],
])('%s in %s has Longhorn’s URL, and is found again', (name, target, url) => {
  expect(backupUrl(target, name)).toBe(url);
  expect(parseBackupUrl(url)).toEqual({ target, name });
});

test.each([
  ['the name first', 'nfs://h:/x?backingImage=ab&nfsOptions=soft,bg', 'nfs://h:/x?nfsOptions=soft,bg'],
  [
    'an ampersand that went through JSON',
    'nfs://h:/x?nfsOptions=soft\\u0026backingImage=ab',
    'nfs://h:/x?nfsOptions=soft',
  ],
  ['and through a shell', 'nfs://h:/x?nfsOptions=softu0026backingImage=ab', 'nfs://h:/x?nfsOptions=soft'],
  ['a folder called so', 'vfs:///u0026/x/?backingImage=ab', 'vfs:///u0026/x/'],
  ['two names: the first counts, as in Longhorn', 'vfs:///x/?backingImage=ab&backingImage=cd', 'vfs:///x/'],
  ['an escaped name', 'vfs:///x/?backingImage=%61b', 'vfs:///x/'],
])('read all the same: %s', (_what, url, target) => {
  expect(parseBackupUrl(url)).toEqual({ target, name: 'ab' });
});

test.each([
  ['s3://b@r/', /names no backup/],
  ['s3://b@r/?backup=b&volume=v', /names no backup/],
  ['s3://b@r/?backingImage=', /the backup ""/],
  ['s3://b@r/?backingImage=..%2Fx', /the backup "\.\.\/x"/],
  ['s3://b@r/?backingImage=a', /the backup "a"/],
  ['b@r?backingImage=ab', /no scheme/],
  ['s3://b:p@r/?backingImage=ab', /a password/],
])('USAGE_INVALID: %s', (url, message) => {
  expect(() => parseBackupUrl(url)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  expect(() => parseBackupUrl(url)).toThrow(message);
});

test('whatever the text, it is a backup’s URL or USAGE_INVALID', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (start, end) => {
      try {
        parseBackupUrl(`${start}?backingImage=${end}`);
      } catch (error) {
        if (!isBackupError(error, 'USAGE_INVALID')) throw error;
      }
    }),
  );
});
