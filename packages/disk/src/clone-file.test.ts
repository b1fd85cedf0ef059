import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { cloneFile } from './clone-file.ts';
import { checkFreeSpace } from './free-space.ts';

const folder = mkdtempSync(join(tmpdir(), 'hayloft-clone-'));
const { signal } = new AbortController();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a clone has the same bytes, or the target is as it was: never a copy with its holes filled', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  writeFileSync(from, 'from');
  writeFileSync(to, 'to');
  const cloned = await cloneFile(from, to);
  expect(readFileSync(to, 'utf8')).toBe(cloned ? 'from' : 'to');
  expect(readdirSync(folder).sort()).toEqual(['from', 'to']);
});

test('a file system that cannot clone is an answer, not an error', async () => {
  const to = join(folder, 'to');
  if (!existsSync('/dev/shm')) return;
  const from = mkdtempSync('/dev/shm/hayloft-clone-');
  try {
    writeFileSync(join(from, 'from'), 'from');
    writeFileSync(to, 'to');
    expect(await cloneFile(join(from, 'from'), to)).toBe(false);
    expect(readFileSync(to, 'utf8')).toBe('to');
  } finally {
    rmSync(from, { recursive: true });
  }
});

test('a clone of nothing is SOURCE_NOT_FOUND', async () => {
  await expect(cloneFile(join(folder, 'none'), join(folder, 'to'))).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
});

test('too little space is told before a run, with the figures, also for a folder that is still to be made', async () => {
  await checkFreeSpace(join(folder, 'not', 'yet'), 1, 'a restore', { signal });
  const tooMuch = checkFreeSpace(join(folder, 'not', 'yet'), 2 ** 50, 'a restore', { signal });
  await expect(tooMuch).rejects.toThrow(/needs 1125899906842624 bytes, but .* has only \d+ left/);
});
