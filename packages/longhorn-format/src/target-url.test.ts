import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBackupError } from '@hayloft/engine';
import type { TargetAddress } from '@hayloft/engine';
import { completeTargetUrl, formatTargetUrl, mountOptions, parseTargetUrl } from './target-url.ts';

const address = (scheme: string, user: string, host: string, path: string, query: [string, string[]][] = []) => ({
  scheme,
  user,
  host,
  path,
  query: new Map(query),
});

test.each<[string, TargetAddress]>([
  ['s3://backupbucket@us-east-1/a/b/', address('s3', 'backupbucket', 'us-east-1', '/a/b/')],
  ['s3://bucket/path', address('s3', '', 'bucket', '/path/')],
  ['s3://b@r', address('s3', 'b', 'r', '/')],
  ['s3://b%40c@r/', address('s3', 'b@c', 'r', '/')],
  ['S3://b@r/', address('s3', 'b', 'r', '/')],
  ['nfs://host.svc:/opt/x', address('nfs', '', 'host.svc:', '/opt/x')],
  ['nfs://[fd00::1]:/x', address('nfs', '', '[fd00::1]:', '/x')],
  [
    'nfs://h:/x?nfsOptions=soft,timeo=330,retrans=3',
    address('nfs', '', 'h:', '/x', [['nfsOptions', ['soft,timeo=330,retrans=3']]]),
  ],
  ['nfs://h:/x?nfsOptions=a\\u0026nfsOptions=b', address('nfs', '', 'h:', '/x', [['nfsOptions', ['a', 'b']]])],
  ['cifs://srv/my%20share', address('cifs', '', 'srv', '/my share')],
  ['cifs://srv/my share', address('cifs', '', 'srv', '/my share')],
  [
    'cifs://srv/s?cifsOptions=vers=3.0%2Cport=1445',
    address('cifs', '', 'srv', '/s', [['cifsOptions', ['vers=3.0,port=1445']]]),
  ],
  ['vfs:///tmp/x', address('vfs', '', '', '/tmp/x/')],
  ['vfs:/tmp/x', address('vfs', '', '', '/tmp/x/')],
  ['file:///tmp/50%25/%23u0026/', address('file', '', '', '/tmp/50%/#u0026/')],
  ['azblob://cont@core.windows.net/p', address('azblob', 'cont', 'core.windows.net', '/p/')],
  ['webdavs://host:8443/dav', address('webdavs', '', 'host:8443', '/dav/')],
  ['acme://bucket@host/p', address('acme', 'bucket', 'host', '/p')],
])('%s is taken apart as Longhorn does it', (url, expected) => {
  expect(parseTargetUrl(url)).toEqual(expected);
});

test.each([
  ['', /no scheme/],
  ['://x', /no scheme/],
  ['/tmp/x', /no scheme/],
  ['not-a-url', /no scheme/],
  ['vfs:x', /no \/\/ follows/],
  ['s3://AKIA:hunter2@bucket/', /a password/],
  ['s3://AKIA:@bucket/', /a password/],
  ['nfs://root@host:/x', /a user name/],
  ['webdavs://me@host/', /a user name/],
  ['nfs://ho st:/x', /its host/],
  ['nfs://fd00::1/x', /its host/],
  ['nfs://[fd00::1/x', /its host/],
  ['nfs://host:abc/x', /its host/],
  ['file:///a/../b', /"\.\."/],
  ['file:///a/%2e%2e/b', /"\.\."/],
  ['s3://b@r/./x/', /"\."/],
  ['s3://b@r/%00/', /control character/],
  ['s3://b@r/\n/', /control character/],
  ['s3://b@r/%zz/', /hex digits/],
  ['s3://b@r/x#y', /a #/],
  ['s3://b@r/?backingImage=x', /names a backup/],
])('USAGE_INVALID: %j', (url, message) => {
  expect(() => parseTargetUrl(url)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  expect(() => parseTargetUrl(url)).toThrow(message);
});

test('a refusal shows nothing of a password', () => {
  for (const url of ['s3://AKIA:hunter2@bucket/', 'hunter2', 'webdavs://hunter2@host/', 's3://b@r/%zz?token=hunter2']) {
    try {
      parseTargetUrl(url);
      throw new Error(`${url} was not refused`);
    } catch (error) {
      expect(isBackupError(error, 'USAGE_INVALID')).toBe(true);
      expect(JSON.stringify([(error as Error).message, (error as { remedy: string }).remedy])).not.toContain('hunter2');
    }
  }
});

const word = fc.stringMatching(/^[a-z0-9.-]{1,10}$/);
const pathPart = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => {
  return text.isWellFormed() && !/[/\p{Cc}]|^\.\.?$/u.test(text);
});
const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed() && !value.includes('u0026'));
const anyAddress = fc.record({
  scheme: fc.constantFrom('s3', 'azblob', 'acme'),
  user: fc.oneof(fc.constant(''), text),
  host: fc.oneof(
    word,
    word.map((host) => `${host}:`),
    fc.constantFrom('[fd00::1]:', '[::1]', ''),
  ),
  path: fc.array(pathPart).map((parts) => `/${parts.map((part) => `${part}/`).join('')}`),
  query: fc
    .uniqueArray(fc.tuple(text, fc.array(text, { minLength: 1 })), { selector: ([key]) => key })
    .map((pairs) => new Map(pairs.filter(([key]) => key !== 'backingImage'))),
});

test('every address is written so that it is read back', () => {
  fc.assert(fc.property(anyAddress, (target) => expect(parseTargetUrl(formatTargetUrl(target))).toEqual(target)));
});

test('an address is written plainly', () => {
  for (const url of [
    's3://bucket@us-east-1/prefix/',
    'nfs://h:/x?nfsOptions=soft,timeo=330',
    'cifs://srv/my%20share',
  ]) {
    expect(formatTargetUrl(parseTargetUrl(url))).toBe(url);
  }
});

test('whatever the text, it is an address or USAGE_INVALID', () => {
  const survives = (url: string): void => {
    try {
      const { path } = parseTargetUrl(url);
      expect(path).toMatch(/^\//);
    } catch (error) {
      if (!isBackupError(error, 'USAGE_INVALID')) throw error;
    }
  };
  fc.assert(fc.property(fc.string({ unit: 'binary' }), survives));
  const pieces = fc.constantFrom(
    's3:',
    'nfs:',
    '//',
    '/',
    '@',
    ':',
    '?',
    '&',
    '=',
    '%',
    '%2e',
    '%c3',
    '[',
    ']',
    'a',
    '..',
    '\\u0026',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(pieces), (parts) => survives(parts.join(''))),
    { numRuns: 2000 },
  );
});

test.each([
  ['s3://b@r', 's3://b@r/', true],
  ['s3://b@r/p', 's3://b@r/p/', true],
  ['s3://b@r/p/', 's3://b@r/p/', false],
  ['s3://b@r/p?x=/', 's3://b@r/p/?x=/', true],
  ['file:///srv/store', 'file:///srv/store/', true],
  ['nfs://h:/x', 'nfs://h:/x', false],
  ['cifs://h/x', 'cifs://h/x', false],
])('%s becomes %s', (text, url, slashAdded) => {
  expect(completeTargetUrl(text)).toEqual({ url, slashAdded });
});

test.each([
  ['nfs://h:/x', undefined],
  ['nfs://h:/x?nfsOptions=', ['']],
  ['nfs://h:/x?nfsOptions=soft,timeo=450,retrans=3', ['soft', 'timeo=450', 'retrans=3']],
  ['nfs://h:/x?nfsOptions=soft&nfsOptions=timeo=450&nfsOptions=retrans=3', ['soft', 'timeo=450', 'retrans=3']],
  ['nfs://h:/x?nfsOptions=soft,bg&nfsOptions=timeo=450', ['soft,bg', 'timeo=450']],
  ['cifs://h/x?cifsOptions=vers=3.0,port=445', ['vers=3.0', 'port=445']],
  ['cifs://h/x?nfsOptions=soft', undefined],
])('%s has the mount options %j', (url, options) => {
  expect(mountOptions(parseTargetUrl(url))).toEqual(options);
});
