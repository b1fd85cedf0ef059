import { expect, test } from '@jest/globals';
import { Pace, describeProgress } from './describe-progress.ts';

const mebibyte = 2 ** 20;

test('a line tells bytes, share, rate, time left and what was reused, whichever events were dropped', () => {
  const pace = new Pace();
  const at = (doneBytes: number, nowMs: number, phase: 'reading' | 'finishing' = 'reading'): string => {
    const progress = { phase, doneBytes, totalBytes: 100 * mebibyte, reusedBytes: doneBytes / 2 };
    return describeProgress(progress, pace.measure(progress, nowMs));
  };
  expect(at(0, 0)).toBe('reading 0 B of 100 MiB (0 %)');
  expect(at(50 * mebibyte, 1_000)).toBe('reading 50.0 MiB of 100 MiB (50 %), 50.0 MiB/s, 1 s left, 25.0 MiB reused');
  expect(at(100 * mebibyte, 2_000)).toBe('reading 100 MiB of 100 MiB (100 %), 50.0 MiB/s, 50.0 MiB reused');
  expect(at(100 * mebibyte, 3_000, 'finishing')).toContain('finishing 100 MiB');
  expect(describeProgress({ phase: 'locking', doneBytes: 0 }, {})).toBe('locking');
});
