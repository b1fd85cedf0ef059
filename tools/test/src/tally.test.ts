import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readTally } from './tally.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hayloft-tally-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, value: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), JSON.stringify(value));
}

function ran(...tasks: readonly (readonly [projectName: string, target: string, status: number])[]): void {
  write('.nx/cache/run.json', {
    tasks: tasks.map(([projectName, target, status]) => ({ projectName, target, status })),
  });
}

test('tests and other checks are summed over all projects', () => {
  ran(['@hayloft/a', 'test', 0], ['b', 'test', 1], ['b', 'lint', 0], ['b', 'typecheck', 1]);
  write('.nx/test-results/@hayloft/a.json', { passed: 3, failed: 0, skipped: ['needs Go'] });
  write('.nx/test-results/b.json', { passed: 4, failed: 2, skipped: [] });
  expect(readTally(root)).toEqual({ passed: 8, failed: 3, skipped: ['@hayloft/a: needs Go'] });
});

test('a test runner that died without counting a failure has failed', () => {
  ran(['silent', 'test', 1], ['killed', 'test', 137]);
  write('.nx/test-results/killed.json', { passed: 5, failed: 0, skipped: [] });
  expect(readTally(root)).toEqual({ passed: 5, failed: 2, skipped: [] });
});

test('a project without tests counts for nothing', () => {
  ran(['empty', 'test', 0]);
  expect(readTally(root)).toEqual({ passed: 0, failed: 0, skipped: [] });
});

test('a run that never began a task has failed', () => {
  expect(readTally(root)).toEqual({ passed: 0, failed: 1, skipped: [] });
});
