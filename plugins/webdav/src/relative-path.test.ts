import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blobPath, keyOfPath } from './blob-path.ts';
import { relativePath } from './relative-path.ts';

const root = new URL('http://host/d%C3%A4v/50%25/');

test.each([
  ['/d%C3%A4v/50%25/a/b', 'a/b'],
  ['/d%c3%a4v/50%25/', ''],
  ['/d%C3%A4v/50%25', ''],
  ['https://other:8443/däv/50%25/a/', 'a/'],
  ['/d%C3%A4v/50%25/a%2Fb', 'a%2Fb'],
  ['/d%C3%A4v/50%25/%zz', '%zz'],
  ['/d%C3%A4v/50%25/a#b?c', 'a#b?c'],
  ['/d%C3%A4v/501', undefined],
  ['/other', undefined],
  ['', undefined],
])('%j is %j below the root', (href, path) => {
  expect(relativePath(root, href)).toBe(path);
});

const part = fc
  .stringMatching(/^[A-Za-z0-9._-]{1,12}$/)
  .filter((text) => !/^\.\.?$|\.tmp\.\d+$|^\.nfs|^\.hayloft-staging$/.test(text));
const key = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

test('every key is found again behind its path, and no path begins a part with a dot', () => {
  fc.assert(
    fc.property(key, (name) => {
      const path = blobPath(name);
      expect(path).not.toMatch(/(^|\/)\./);
      const href = root.href + path.split('/').map(encodeURIComponent).join('/');
      expect(keyOfPath(relativePath(root, href)!)).toBe(name);
    }),
  );
});

test('what is no path of a key is no key', () => {
  fc.assert(
    fc.property(fc.string(), (path) => {
      const name = keyOfPath(path);
      if (name !== undefined) expect(name.replaceAll(/(^|\/)\./g, '$1%')).toBe(path);
    }),
  );
});
