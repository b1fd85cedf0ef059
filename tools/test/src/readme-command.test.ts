import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hayloft-readme-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function commandOf(readme: string): { status: number | null; stdout: string; stderr: string } {
  const path = join(folder, 'README.md');
  writeFileSync(path, readme);
  const script = join(import.meta.dirname, '../readme-command.mjs');
  return spawnSync(process.execPath, [script, path, 'Test it'], { encoding: 'utf8' });
}

test('the one command of the one block under the heading is printed as it stands', () => {
  const readme =
    '# X\n\n## Run it\n```sh\nrun\n```\n## Test it\n\nSay:\n\n```sh\nnpm ci && npm test\n```\n\n## More\n```\nno\n```\n';
  expect(commandOf(readme)).toMatchObject({ status: 0, stdout: 'npm ci && npm test\n', stderr: '' });
});

test('a command continued on the next line is one command', () => {
  expect(commandOf('## Test it\n```\nnpm ci && \\\n  npm test\n```\n').stdout).toBe('npm ci && npm test\n');
});

test('a line of the block that looks like a heading is no heading', () => {
  expect(commandOf('## Test it\n```\n# quickly\nnpm test\n```\n').stderr).toMatch('2 commands');
});

test.each([
  ['no heading', '# X\n', '0 headings'],
  ['two headings', '## Test it\n```\na\n```\n## Test it\n```\na\n```\n', '2 headings'],
  ['no block', '## Test it\nnpm test\n## Next\n```\na\n```\n', '0 fenced blocks'],
  ['two blocks', '## Test it\n```\na\n```\n```\nb\n```\n', '2 fenced blocks'],
  ['an empty block', '## Test it\n```\n\n```\n', '0 commands'],
  ['two commands', '## Test it\n```\na\nb\n```\n', '2 commands'],
  ['an open block', '## Test it\n```\na\n', 'never closed'],
])('%s fails and says so', (_name, readme, reason) => {
  const { status, stdout, stderr } = commandOf(readme);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(reason);
});

test('a README that is not there fails and says so', () => {
  const script = join(import.meta.dirname, '../readme-command.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, join(folder, 'none'), 'Test it'], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('none is not there');
});
