import { expect, test } from '@jest/globals';
import { ifRangeOf, sameFile, strongEtag, validatorsOf } from './validators.ts';

const date = 'Tue, 01 Jan 2030 00:00:00 GMT';
const rested = 'Mon, 31 Dec 2029 23:59:00 GMT';
const fresh = 'Mon, 31 Dec 2029 23:59:01 GMT';
const of = (headers: Record<string, string>): ReturnType<typeof validatorsOf> =>
  validatorsOf(new Map(Object.entries(headers)));

test.each([
  [{ etag: '"a"' }, '"a"'],
  [{ etag: '"a"', date, 'last-modified': fresh }, '"a"'],
  [{ etag: 'W/"a"' }, undefined],
  [{ etag: 'W/"a"', date, 'last-modified': rested }, rested],
  [{ etag: 'unquoted' }, undefined],
  [{ date, 'last-modified': rested }, rested],
  [{ date, 'last-modified': fresh }, undefined],
  [{ 'last-modified': rested }, undefined],
  [{}, undefined],
])('%j validates a part by %s', (headers, expected) => {
  expect(ifRangeOf(of(headers as Record<string, string>))).toBe(expected);
});

test('only a strong ETag is one', () => {
  expect(strongEtag(of({ etag: '"x"' }))).toBe('"x"');
  expect(strongEtag(of({ etag: 'W/"x"' }))).toBeUndefined();
});

test('a validator that differs tells another file; one that is missing tells nothing', () => {
  expect(sameFile(of({ etag: '"a"' }), of({ etag: '"b"' }))).toBe(false);
  expect(sameFile(of({ 'last-modified': rested }), of({ 'last-modified': fresh }))).toBe(false);
  expect(sameFile(of({ etag: '"a"' }), of({ etag: 'W/"a"' }))).toBe(true);
  expect(sameFile(of({ etag: '"a"' }), of({}))).toBe(true);
});
