import { expect, test } from '@jest/globals';
import { maskUrlPassword } from './mask.ts';
import { nearest, suggestion } from './nearest.ts';
import { parseBytes } from './parse-bytes.ts';

test('the nearest known word is suggested, and the list where none is near', () => {
  expect(nearest('concurency', ['disk', 'concurrency'])).toBe('concurrency');
  expect(nearest('DISK', ['disk', 'disks'])).toBe('disk');
  expect(suggestion('zzzzzz', ['disk', 'targets'])).toBe('Known are: disk, targets.');
});

test.each([
  ['50MiB', 50 * 2 ** 20],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['2MB', 2e6],
  ['1000', 1000],
  ['0', undefined],
  ['-5', undefined],
  ['5 MB/s', undefined],
  ['9999999TiB', undefined],
  ['', undefined],
])('%j is %p bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

test('a password in a URL is masked', () => {
  expect(maskUrlPassword('http://me:hush@proxy:3128/x')).toBe('http://[secret]@proxy:3128/x');
  expect(maskUrlPassword('s3://bucket@region/')).toBe('s3://bucket@region/');
});
