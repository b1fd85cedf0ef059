import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { loadCommandLine } from './command-line.ts';
import { completionScripts } from './completion-scripts.ts';

/** What bash offers after these words. */
async function offered(words: readonly string[]): Promise<string[]> {
  const script = `${completionScripts.bash(await loadCommandLine())}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _hayloft; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  expect(stderr.replaceAll(/.*complete: command not found\n/g, '')).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

test('bash completes topics, commands and the flags of a command', async () => {
  expect(await offered(['hayloft', 'ima'])).toEqual(['image']);
  expect((await offered(['hayloft', 'image', ''])).sort()).toEqual([
    'create',
    'delete',
    'export',
    'list',
    'rename',
    'show',
    'verify',
  ]);
  expect(await offered(['hayloft', 'backup', 'create', '--verify'])).toEqual(['--verify-reused']);
  expect(await offered(['hayloft', 'backup', 'create', 'parrot', '--mix'])).toEqual(['--mix-compression']);
});

test('fish has a line for each command, and zsh runs the script of bash', async () => {
  const config = await loadCommandLine();
  expect(completionScripts.fish(config)).toContain(
    "complete -c hayloft -f -n '__fish_seen_subcommand_from image; and not __fish_seen_subcommand_from create' -a create",
  );
  expect(completionScripts.zsh(config)).toMatch(/^#compdef hayloft\n.*bashcompinit/);
});
