import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readManifest, root } from './workspace.ts';

const run = promisify(execFile);
let folder = '';
let engine = '';
let cli = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hayloft-released-'));
  // As a program: Jest's own globals are not those that the bundler's machine code knows.
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'main.ts'), join(folder, 'tarballs')]);
  [engine = '', cli = ''] = stdout.split('\n');
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Installs a tarball into a folder of their own, without running anybody's install script. */
async function install(name: string, tarball: string): Promise<string> {
  const cwd = join(folder, name);
  await mkdir(cwd);
  await writeFile(join(cwd, 'package.json'), '{"type": "module"}');
  await run('npm', ['install', '--ignore-scripts', '--prefer-offline', tarball], { cwd });
  return cwd;
}

test('a plugin is written, checked and proven against the packed engine alone', async () => {
  const cwd = await install('author', engine);
  await writeFile(
    join(cwd, 'author.ts'),
    `import { BackupError, type StorePlugin } from '@hayloft/engine';
import { storeCases } from '@hayloft/engine/conformance';
import { createMemoryStore } from '@hayloft/engine/testing';

export type Named = Pick<StorePlugin, 'type' | 'summary'>;
// @ts-expect-error: the declarations are there, or this would pass.
export const wrong: number = new BackupError('INTERNAL', 'message', { remedy: 'none' }).remedy;
if (storeCases.length === 0) throw new Error('no cases');
console.log(createMemoryStore().location);
`,
  );
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const types = ['--typeRoots', join(root, 'node_modules/@types')];
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...types, 'author.ts'], {
    cwd,
  });
  const { stdout } = await run(process.execPath, ['author.js'], { cwd });
  expect(stdout).toMatch(/^memory:/);
}, 120_000);

test('the program runs, and backs up and restores, on a machine without a Node of its own', async () => {
  const cwd = await install('user', cli);
  const tools = join(folder, 'tools');
  await mkdir(tools);
  for (const tool of ['sh', 'readlink', 'dirname', 'uname']) {
    const { stdout } = await run('sh', ['-c', `command -v ${tool}`]);
    await symlink(stdout.trim(), join(tools, tool));
  }
  const env = { PATH: tools, HOME: folder, XDG_DATA_HOME: join(folder, 'data'), XDG_CACHE_HOME: join(folder, 'cache') };
  const hayloft = async (...args: readonly string[]): Promise<unknown> => {
    const program = join(cwd, 'node_modules/.bin/hayloft');
    const { stdout } = await run(program, [...args, '--json'], { cwd, env });
    return JSON.parse(stdout) as unknown;
  };

  const { version } = await readManifest('apps/cli');
  expect(await hayloft('version')).toMatchObject({ version });

  // More than one block, the last one short, with a hole and a repetition.
  const image = new Uint8Array(9 * 1024 * 1024 + 512).fill(7, 4 * 1024 * 1024);
  await writeFile(join(folder, 'image.raw'), image);
  expect(await hayloft('image', 'create', 'base', '--from', join(folder, 'image.raw'))).toMatchObject({ name: 'base' });
  expect(await hayloft('backup', 'create', 'base')).toMatchObject({ sizeBytes: image.length });
  expect(await hayloft('restore', 'base', '--to', join(folder, 'restored.raw'))).toMatchObject({ proven: true });
  expect(image).toEqual(new Uint8Array(await readFile(join(folder, 'restored.raw'))));
}, 300_000);
