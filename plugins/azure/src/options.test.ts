import { expect, test } from '@jest/globals';
import { isBackupError } from '@hayloft/engine';
import { parseTargetUrl } from '@hayloft/longhorn-format';
import fc from 'fast-check';
import { optionsOf, parseOptions } from './options.ts';

const fromUrl = (url: string) => parseOptions(optionsOf(parseTargetUrl(url)));

test.each([
  ['azblob://images@core.windows.net/', { container: 'images', endpointSuffix: 'core.windows.net', prefix: '' }],
  [
    'azblob://images@core.windows.net/a//b',
    { container: 'images', endpointSuffix: 'core.windows.net', prefix: 'a/b/' },
  ],
  [
    'azblob://images@core.chinacloudapi.cn/x y/',
    { container: 'images', endpointSuffix: 'core.chinacloudapi.cn', prefix: 'x y/' },
  ],
  ['azblob://images/a/', { container: 'images', prefix: 'a/' }],
])('%s', (url, options) => {
  expect(fromUrl(url)).toEqual(options);
});

test.each([
  ['a name too short', 'azblob://im@core.windows.net/', '"container"'],
  ['capital letters', 'azblob://Images@core.windows.net/', '"container"'],
  ['two hyphens', 'azblob://a--b@core.windows.net/', '"container"'],
  ['a SAS in the URL', 'azblob://images@core.windows.net/?sv=1&sig=secret', 'AZBLOB_SAS_TOKEN'],
  ['a backslash', 'azblob://images@core.windows.net/a%5Cb/', '"prefix"'],
  ['a prefix too long', `azblob://images@core.windows.net/${'x'.repeat(770)}/`, '"prefix"'],
])('%s is CONFIGURATION_INVALID', (_, url, why) => {
  expect.assertions(3);
  try {
    fromUrl(url);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
    expect((error as Error).message).toContain(why);
    expect((error as Error).message).not.toContain('secret');
  }
});

test.each([
  ['no table', 'x'],
  ['no container', {}],
  ['an unknown option', { container: 'images', Prefix: 'a' }],
])('options that are %s are CONFIGURATION_INVALID', (_, options) => {
  expect(() => parseOptions(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
});

test('any prefix is one that ends in a slash, or refused with a code', () => {
  fc.assert(
    fc.property(fc.string(), (prefix) => {
      try {
        expect(parseOptions({ container: 'images', prefix }).prefix).toMatch(/^$|^[^/].*[^/]\/$|^[^/]\/$/su);
      } catch (error) {
        expect(isBackupError(error, 'CONFIGURATION_INVALID') ? undefined : error).toBeUndefined();
      }
    }),
  );
});
