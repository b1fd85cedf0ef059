import { expect, test } from '@jest/globals';
import { skipReason } from './run-nx.ts';
import { verdict } from './verdict.ts';

const sound = { passed: 12, failed: 0, skipped: [] };

test('a sound run ends well, and its last line says so', () => {
  expect(verdict(sound, 0, true)).toEqual({ lines: ['', '12 passed, 0 failed'], exitCode: 0 });
});

test('failures are told from the exit status', () => {
  const { lines, exitCode } = verdict({ ...sound, failed: 3 }, 1, false);
  expect([lines.at(-1), exitCode]).toEqual(['12 passed, 3 failed', 1]);
});

test('a run that failed without counting a failure never reads as sound', () => {
  const { lines, exitCode } = verdict(sound, 1, false);
  expect([lines.at(-1), exitCode]).toEqual(['12 passed, 1 failed', 1]);
});

test('a skip is said, and is no failure on a machine that cannot do better', () => {
  const { lines, exitCode } = verdict({ ...sound, skipped: ['no Go here'] }, 0, false);
  expect(lines).toEqual(['skipped: no Go here', '', '12 passed, 0 failed']);
  expect(exitCode).toBe(0);
});

test('where nothing may be skipped a skip is a failure', () => {
  const { lines, exitCode } = verdict({ ...sound, skipped: ['no Go here'] }, 0, true);
  expect([lines[0], lines.at(-1), exitCode]).toEqual(['skipped: no Go here', '12 passed, 1 failed', 1]);
});

test.each([
  ['skipped: no Go here', 'no Go here'],
  ['    skipped: through the console of Jest', 'through the console of Jest'],
  ['  ✓ a test whose name says skipped: something', undefined],
  ['Tests:       1 skipped, 4 passed, 5 total', undefined],
])('of the line "%s" the reason is %s', (line, reason) => {
  expect(skipReason(line)).toBe(reason);
});
