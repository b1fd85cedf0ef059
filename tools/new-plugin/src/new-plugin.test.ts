import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** npm and node as an author has them who follows the generator's advice. */
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` };
// A test runner that finds itself inside another one answers to that.
delete (env as NodeJS.ProcessEnv)['NODE_TEST_CONTEXT'];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hayloft-new-plugin-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const generate = (...args: readonly string[]) =>
  run(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    cwd: folder,
    env: { ...env, INIT_CWD: folder },
  });

test('a plugin is written, proven, packed, installed from its tarball, and backs up and restores', async () => {
  // The scope holds the template's own word.
  await generate('@acme/hayloft-red-barn', '--in', 'authors');
  const plugin = join(folder, 'authors/hayloft-red-barn');
  const author = (command: string, ...args: readonly string[]) =>
    run(command, args, { cwd: plugin, env, maxBuffer: 16 << 20 });
  for (const file of await readdir(join(plugin, 'src'))) {
    expect(await readFile(join(plugin, 'src', file), 'utf8')).not.toMatch(/acme/i);
  }
  expect(await readdir(join(plugin, 'src'))).toContain('red-barn-store.ts');

  await author('npm', 'install', '--ignore-scripts', '--prefer-offline');
  const { stdout: tested } = await author('npm', 'test');
  expect(tested).toMatch(/\bfail 0\b/);
  expect(tested).toMatch(/list is complete/);
  await author('npm', 'pack');

  // The program as it is released, too: the plugin brings another copy of the engine.
  const { stdout: tarballs } = await run(process.execPath, [
    join(root, 'tools/release/src/main.ts'),
    join(folder, 'released'),
  ]);
  await run('tar', ['xzf', tarballs.split('\n')[1]!, '-C', folder]);
  await mkdir(join(folder, 'package/node_modules'));
  // Machine code, and the only package that the program is not bundled with.
  await symlink(join(root, 'node_modules/koffi'), join(folder, 'package/node_modules/koffi'));
  const user = join(folder, 'user');
  await mkdir(user);
  await writeFile(join(user, 'package.json'), '{}');
  await run('npm', ['install', '--ignore-scripts', '--offline', join(plugin, 'acme-hayloft-red-barn-0.1.0.tgz')], {
    cwd: user,
    env,
  });
  const barn = join(user, 'barn.sqlite');
  await writeFile(barn, '');
  await writeFile(
    join(user, 'hayloft.yaml'),
    `plugins: ['@acme/hayloft-red-barn']
targets:
  default: { plugin: red-barn, options: { path: ${barn} } }
`,
  );
  const home = { PATH: env.PATH, HOME: user };
  const programs: Readonly<Record<string, readonly string[]>> = {
    repository: [join(root, 'apps/cli/bin/hayloft')],
    released: [process.execPath, join(folder, 'package/dist/main.js')],
  };
  const hayloft = async (program: string, ...args: readonly string[]): Promise<unknown> => {
    const [command, ...before] = programs[program]!;
    const { stdout } = await run(command!, [...before, ...args, '--json'], {
      cwd: user,
      env: home,
      maxBuffer: 16 << 20,
    });
    return JSON.parse(stdout) as unknown;
  };

  const listed = {
    type: 'red-barn',
    from: '@acme/hayloft-red-barn',
    example: expect.stringContaining("url: 'red-barn:///"),
  };
  for (const program of Object.keys(programs)) {
    expect(await hayloft(program, 'plugins')).toEqual({
      items: expect.arrayContaining([expect.objectContaining(listed)]),
    });
  }
  expect(await hayloft('released', 'store', 'check')).toMatchObject({ ok: true });

  // More than one block, the last one short, with a hole and a repetition.
  const image = new Uint8Array(9 * 1024 * 1024 + 512).fill(7, 4 * 1024 * 1024);
  await writeFile(join(user, 'image.raw'), image);
  await hayloft('released', 'image', 'create', 'base', '--from', 'image.raw');
  expect(await hayloft('released', 'backup', 'create', 'base')).toMatchObject({ sizeBytes: image.length });
  expect(await hayloft('repository', 'backup', 'verify', 'base')).toMatchObject({ ok: true });
  expect(
    await hayloft('repository', 'restore', `red-barn://${barn}/?backingImage=base`, '--to', 'restored.raw'),
  ).toMatchObject({ proven: true });
  expect(image).toEqual(new Uint8Array(await readFile(join(user, 'restored.raw'))));
}, 600_000);

test('a published version of the engine is named as it is', async () => {
  await generate('hayloft-hay', '--in', 'published', '--engine', '0.1.0');
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'published/hayloft-hay/package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: 'hayloft-hay', dependencies: { '@hayloft/engine': '0.1.0' } });
  expect(manifest).not.toHaveProperty('bundleDependencies');
  expect(existsSync(join(folder, 'published/hayloft-hay/engine'))).toBe(false);
});

test.each([
  ['no name', [], 'exactly one NAME'],
  ['a name that is none', ['Hay'], '"Hay"'],
  ['an unknown flag', ['hay', '--out', '.'], '--out'],
  ['a store that is there', ['hayloft-s3'], 'plugin "s3" already'],
  ['a folder of this repository', ['hay', '--in', join(root, 'plugins')], 'inside this repository'],
  ['a folder that is there', ['taken', '--in', '.'], 'is there already'],
])('%s is refused, with the usage, and nothing is written', async (_what, args, says) => {
  await mkdir(join(folder, 'taken'), { recursive: true });
  await writeFile(join(folder, 'taken/mine'), '');
  const before = await readdir(folder, { recursive: true });
  await expect(generate(...args)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('usage: npm run new:plugin'),
  });
  await expect(generate(...args)).rejects.toMatchObject({ stderr: expect.stringContaining(says) });
  expect(await readdir(folder, { recursive: true })).toEqual(before);
});
