import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseContentRange, parseUnsatisfiedRange } from './content-range.ts';

test('a range reads back as it was written', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1 }), fc.nat(), (offset, length, rest) => {
      const totalBytes = offset + length + rest;
      const written = `bytes ${offset}-${offset + length - 1}/`;
      expect(parseContentRange(`${written}${totalBytes}`)).toEqual({ offset, length, totalBytes });
      expect(parseContentRange(`${written}*`)).toEqual({ offset, length, totalBytes: undefined });
    }),
  );
});

test.each(['', 'bytes', 'bytes 5-4/10', 'bytes 0-9/9', 'bytes */10', 'bytes 0-9', 'items 0-9/10', 'bytes 0-9/-1'])(
  '"%s" is no range',
  (value) => {
    expect(parseContentRange(value)).toBeUndefined();
  },
);

test('whatever a server sends, a range has at least one byte and lies inside the file', () => {
  const hostile = fc.oneof(fc.string(), fc.stringMatching(/^bytes \d{1,20}-\d{1,20}\/(\d{1,20}|\*)$/));
  fc.assert(
    fc.property(hostile, (value) => {
      const range = parseContentRange(value);
      if (range === undefined) return;
      expect(range.length).toBeGreaterThan(0);
      expect(range.offset + range.length).toBeLessThanOrEqual(range.totalBytes ?? Number.MAX_SAFE_INTEGER + 1);
    }),
  );
});

test('the size of a refused range is read', () => {
  expect(parseUnsatisfiedRange('bytes */0')).toBe(0);
  expect(parseUnsatisfiedRange('bytes 0-1/5')).toBeUndefined();
  expect(parseUnsatisfiedRange(undefined)).toBeUndefined();
});
