import { expect, test } from '@jest/globals';
import { isBackupError } from '@hayloft/engine';
import { parseTargetUrl } from '@hayloft/longhorn-format';
import fc from 'fast-check';
import { optionsOf, parseOptions, type CifsOptions } from './cifs-options.ts';
import { parseMountOptions, type MountOptions } from './mount-options.ts';

const optionsFor = (url: string): CifsOptions => parseOptions(optionsOf(parseTargetUrl(url)));

test.each<[url: string, expected: Partial<CifsOptions>]>([
  ['cifs://nas/share', { host: 'nas', share: 'share', folder: '', location: 'cifs://nas/share/' }],
  ['cifs://nas.lan/share/', { host: 'nas.lan', folder: '' }],
  [
    'cifs://10.0.0.7/my%20share/a//b/',
    { share: 'my share', folder: 'a/b', location: 'cifs://10.0.0.7/my%20share/a/b/' },
  ],
  ['cifs://[fd00::1]/s/x', { host: 'fd00::1', folder: 'x', location: 'cifs://[fd00::1]/s/x/' }],
  ['cifs://nas/s?cifsOptions=soft,port=4455,vers=3.0', { mountOptions: ['soft', 'port=4455', 'vers=3.0'] }],
  ['cifs://nas/s?cifsOptions=soft&cifsOptions=vers=3.0', { mountOptions: ['soft', 'vers=3.0'] }],
  ['cifs://nas/s?cifsOptions=', { mountOptions: [''] }],
])('%s says where the store is', (url, expected) => {
  expect(optionsFor(url)).toMatchObject(expected);
});

test.each<[url: string, says: string]>([
  ['cifs://nas', 'names no share'],
  ['cifs://nas/', 'names no share'],
  ['cifs:///share', '"host"'],
  ['cifs://nas:445/share', 'has no port after the host'],
  ['cifs://nas:/share', 'has no port after the host'],
  ['cifs://[::1]:445/share', 'has no port after the host'],
  ['cifs://nas/share?nfsOptions=soft', 'nfsOptions'],
  ['cifs://nas/share/a:b', 'cannot be a folder of a share'],
  ['cifs://nas/share/a%5Cb', 'cannot be a folder of a share'],
  ['cifs://nas/sh%2Aare', 'cannot be the name of a share'],
  ['cifs://nas/share?cifsOptions=port=0', '"port=0" is no port'],
  ['cifs://nas/share?cifsOptions=port=x', '"port=x" is no port'],
  ['cifs://nas/share?cifsOptions=vers=1.0', '"vers=1.0" is no SMB version'],
  ['cifs://nas/share?cifsOptions=sec=krb5', 'takes a mounted share'],
  ['cifs://nas/share?cifsOptions=guest', 'guests are not supported'],
  ['cifs://nas/share?cifsOptions=softt', 'no option "softt"'],
])('%s is refused with the reason and a remedy', (url, says) => {
  expect(() => optionsFor(url)).toThrow(
    expect.objectContaining({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining(says),
      remedy: expect.any(String),
    }),
  );
});

test.each([
  'password=straw',
  'pass=straw',
  'password2=straw',
  'cred=/straw',
  'username=me%straw',
  'soft,user=me%straw',
])('a password among the options (%s) is refused, mounted or not, and not shown', (option) => {
  for (const more of [{}, { mountedAt: '/mnt' }]) {
    const [error] = failures(() => parseOptions({ host: 'nas', share: 's', mountOptions: option.split(','), ...more }));
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.not.stringContaining('straw') });
  }
});

test.each<[options: string, expected: Partial<MountOptions>]>([
  ['', { port: 445, dialects: [0x0210, 0x0300, 0x0302, 0x0311], sealed: false, readOnly: false }],
  ['soft,rsize=65536,actimeo=1,file_mode=0600,user', { port: 445, username: undefined }],
  ['port=4455', { port: 4455 }],
  ['vers=2.0', { dialects: [0x0202] }],
  ['vers=3', { dialects: [0x0300, 0x0302, 0x0311] }],
  ['vers=3.1.1,seal', { dialects: [0x0311], sealed: true }],
  ['seal,vers=3.1.1', { dialects: [0x0311], sealed: true }],
  ['seal', { dialects: [0x0300, 0x0302, 0x0311], sealed: true }],
  ['ro,domain=BARN,username=me', { readOnly: true, domain: 'BARN', username: 'me' }],
  ['sec=ntlmssp', {}],
])('cifsOptions=%s mean what they mean to mount.cifs', (options, expected) => {
  expect(parseMountOptions(options.split(','))).toMatchObject(expected);
});

test.each(['vers=2.1,seal', 'seal,vers=2.1'])('encryption by a version without it (%s) is refused', (options) => {
  expect(() => parseMountOptions(options.split(','))).toThrow(
    expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
  );
});

test('whatever the options are, they are understood or refused', () => {
  const words = fc.constantFrom('port', 'vers', 'seal', 'ro', 'user', 'sec', 'domain', 'guest', 'soft', 'x', '');
  const option = fc.oneof(
    words,
    fc.tuple(words, fc.string()).map(([name, value]) => `${name}=${value}`),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(option, { maxLength: 4 }), (options) => {
      for (const error of failures(() => parseOptions({ host: 'nas', share: 's', mountOptions: options }))) {
        expect(isBackupError(error, 'CONFIGURATION_INVALID')).toBe(true);
      }
    }),
  );
});

test.each([
  ['no table', 'x'],
  ['no share', { host: 'nas' }],
  ['an unknown option', { host: 'nas', share: 's', path: '/' }],
  ['a relative mount', { host: 'nas', share: 's', mountedAt: 'mnt' }],
  ['a way out', { host: 'nas', share: 's', folder: 'a/../..' }],
  ['a host with a slash', { host: 'nas/x', share: 's' }],
])('%s is CONFIGURATION_INVALID', (_, options) => {
  expect(() => parseOptions(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
});

function failures(work: () => unknown): unknown[] {
  try {
    work();
    return [];
  } catch (error) {
    return [error];
  }
}
