import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = (...args: string[]) => promisify(execFile)(process.execPath, [`${import.meta.dirname}/main.ts`, ...args]);

test('a seed is told line by line, the same each time', async () => {
  const { stdout } = await run('1');
  expect(stdout).toMatch(/^0\.000 weather \{/);
  expect(stdout).toMatch(/ ends: /);
  expect((await run('1')).stdout).toBe(stdout);
});

test('many seeds are counted, also with the format of real stores', async () => {
  expect((await run('0', '--seeds', '2')).stdout).toMatch(/0 of 2 runs went wrong\n$/);
  expect((await run('1', '--seeds', '1', '--format', 'longhorn')).stdout).toMatch(/0 of 1 runs went wrong\n$/);
}, 60_000);

test('what is no seed and no format is refused', async () => {
  await expect(run('one')).rejects.toMatchObject({ code: 1 });
  await expect(run('--format', 'tar')).rejects.toMatchObject({ code: 1 });
});
