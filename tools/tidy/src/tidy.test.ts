import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { packageHosts } from './checks/machine-names.ts';
import { describeProblem, tidy } from './tidy.ts';
import { readTree, treeOf } from './tree.ts';

test('the project is tidy', () => {
  const tree = readTree(join(import.meta.dirname, '../../..'));
  expect(tidy(tree, packageHosts(process.env)).map(describeProblem)).toEqual([]);
});

/** A small tree without a fault. */
const sound = {
  'README.md': '# House\n\n## Who lives here?\n\n[the kit](packages/kit), [who](#who-lives-here)\n',
  'package.json': '{"scripts": {"sim": "node tools/sim/src/main.ts"}}',
  'packages/kit/package.json': '{"exports": {".": "./src/index.ts"}, "nx": {"tags": ["layer:kit"]}}',
  'packages/kit/README.md': '# Kit\n',
  'packages/kit/src/index.ts': "export { kit } from './kit.ts';\n",
  'packages/kit/src/kit.ts': "export const kit = new URL('./worker.ts', import.meta.url);\n",
  'packages/kit/src/kit.test.ts': "import './kit.ts';\nexport const now = Date.now();\n",
  'packages/kit/bin/kit': 'exec node "$home/src/main.ts"\n',
  'packages/kit/src/main.ts': '',
  'packages/kit/src/untyped.d.ts': '',
  'packages/kit/src/worker.ts': '// Never process.env here.\n',
  'plugins/file/package.json': '{"exports": {".": "./src/index.ts"}, "nx": {"tags": ["layer:plugin"]}}',
  'plugins/file/README.md': '# File\n\n```yaml\nurl: file:///x/ # [no](link)\n```\n',
  'plugins/file/src/index.ts': '',
  'plugins/file/src/index.test.ts': '',
  'tools/sim/package.json': '{"nx": {"tags": ["layer:tool"]}}',
  'tools/sim/README.md': '# Sim\n\n[the house](../../README.md#who-lives-here)\n',
  'tools/sim/src/main.ts': "console.log(process.env['SEED']);\n",
};

test('a sound tree has no problem', () => {
  expect(tidy(treeOf(sound), [])).toEqual([]);
});

const kit = 'packages/kit/src/kit.ts';
const keep = "new URL('./worker.ts', import.meta.url);\n";
const lines = (count: number): string => `${keep}${'//\n'.repeat(count - 1)}`;

test.each<readonly [problem: string, change: Readonly<Record<string, string | undefined>>, where: string]>([
  ['unfinished work', { [kit]: `${keep}// FIXME later\n` }, `${kit}:2`],
  ['a lone test', { 'packages/kit/src/kit.test.ts': "test.only('x', f);" }, 'packages/kit/src/kit.test.ts:1'],
  ['a skipped test', { 'packages/kit/src/kit.test.ts': "test.skip('x', f);" }, 'packages/kit/src/kit.test.ts:1'],
  [
    'a skipped table',
    { 'packages/kit/src/kit.test.ts': "it.each.skip([1])('x', f);" },
    'packages/kit/src/kit.test.ts:1',
  ],
  ['the time of day', { [kit]: `${keep}Date.now();\n` }, `${kit}:2`],
  ['today', { [kit]: `${keep}new Date();\n` }, `${kit}:2`],
  ['randomness', { [kit]: `${keep}Math.random();\n` }, `${kit}:2`],
  ['a random test', { 'packages/kit/src/kit.test.ts': 'Math.random();' }, 'packages/kit/src/kit.test.ts:1'],
  ['the environment', { [kit]: `${keep}process.env['X'];\n` }, `${kit}:2`],
  ['the console', { [kit]: `${keep}console.error(1);\n` }, `${kit}:2`],
  ['a long file', { [kit]: lines(301) }, kit],
  ['a long test', { 'packages/kit/src/kit.test.ts': lines(401) }, 'packages/kit/src/kit.test.ts'],
  ['a stray entry of the root', { 'jest.config.js': '' }, 'jest.config.js'],
  ['no README', { 'packages/kit/README.md': undefined, 'README.md': '' }, 'packages/kit/README.md'],
  ['no layer', { 'tools/sim/package.json': '{}' }, 'tools/sim/package.json'],
  ['a wrong layer', { 'tools/sim/package.json': '{"nx": {"tags": ["layer:kit"]}}' }, 'tools/sim/package.json'],
  ['a plugin without its configuration', { 'plugins/file/README.md': '# File\n' }, 'plugins/file/README.md'],
  ['a plugin without tests', { 'plugins/file/src/index.test.ts': undefined }, 'plugins/file/src'],
  ['a plugin without its constant', { 'plugins/file/src/index.ts': undefined }, 'plugins/file/src'],
  ['an unused file', { 'packages/kit/src/odd.ts': '' }, 'packages/kit/src/odd.ts'],
  [
    'a file that only its test uses',
    { 'packages/kit/src/odd.ts': '', 'packages/kit/src/odd.test.ts': "import './odd.ts';" },
    'packages/kit/src/odd.ts',
  ],
  ['a link to nothing', { 'README.md': '# X\n[x](packages/none.md)\n' }, 'README.md:2'],
  ['a link to no heading', { 'README.md': '# X\n[x](#none)\n' }, 'README.md:2'],
  ['a link to no heading of a file', { 'README.md': '[x](packages/kit/README.md#none)\n' }, 'README.md:1'],
  ['a path of one machine', { [kit]: `${keep}// See /work/shared.\n` }, `${kit}:2`],
  [
    'a registry in a lock file',
    { 'package-lock.json': '"resolved": "https://example.org/x.tgz"' },
    'package-lock.json:1',
  ],
  ['a registry in a configuration', { '.npmrc': 'registry=https://example.org/' }, '.npmrc:1'],
])('%s is found', (_problem, change, where) => {
  const texts: Record<string, string | undefined> = { ...sound, 'tools/sim/README.md': '# Sim\n', ...change };
  const present = Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const found = tidy(treeOf(Object.fromEntries(present)), []);
  expect(found.map(({ path, line }) => (line === undefined ? path : `${path}:${line}`))).toEqual([where]);
  expect(found.every(({ message, remedy }) => message !== '' && remedy.endsWith('.'))).toBe(true);
});

test('length up to the limit, bytes that are no text and an address in prose are fine', () => {
  const more = {
    [kit]: lines(300),
    'packages/kit/src/blob.bin': '\0/work/',
    'packages/kit/README.md': '[x](https://e.org)',
  };
  expect(tidy(treeOf({ ...sound, ...more }), [])).toEqual([]);
});

test("a host of this machine's package sources is found", () => {
  const environment = {
    npm_config_registry: 'https://npm.inside.example/',
    GOPROXY: 'http://go.inside.example,direct',
  };
  const hosts = packageHosts(environment);
  expect(hosts).toEqual(['npm.inside.example', 'go.inside.example']);
  const found = tidy(treeOf({ 'README.md': 'from\nnpm.inside.example\n' }), hosts);
  expect(found.map(describeProblem)).toEqual(['README.md:2: the host npm.inside.example of this machine. Remove it.']);
});
