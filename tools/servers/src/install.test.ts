import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { install } from './install.ts';

const work = mkdtempSync(join(tmpdir(), 'hayloft-install-'));
afterAll(() => rmSync(work, { recursive: true }));

test('what two servers need and Debian does not have is made once, and what is there is left alone', async () => {
  const program = join(work, 'program');
  let made = 0;
  const need = {
    program,
    package: 'npm package x',
    install: async () => {
      made++;
      await writeFile(program, '');
    },
  };
  expect(await install([need, need])).toBeUndefined();
  expect(await install([need])).toBeUndefined();
  expect(made).toBe(1);
});

test('what cannot be made is said with the reason, and the others are made all the same', async () => {
  const program = join(work, 'other');
  const broken = {
    program: join(work, 'never'),
    package: 'npm package y',
    install: () => Promise.reject(new Error('no registry')),
  };
  const need = { program, package: 'npm package z', install: () => writeFile(program, '') };
  expect(await install([broken, need])).toBe('npm package y could not be installed: no registry');
  expect(await install([need])).toBeUndefined();
});
