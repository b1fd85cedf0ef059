import { execFile } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const rule = '@nx/enforce-module-boundaries';

/** `[from, import statement]`: each is a file of its own in a copy of the workspace's bare bones. */
type Row = readonly [from: string, statement: string];

const forbidden: readonly Row[] = [
  ['plugins/file', `import '@hayloft/plugin-clone';`],
  ['plugins/file', `await import('@hayloft/plugin-clone');`],
  ['plugins/file', `import '../../clone/src/index.ts';`],
  ['plugins/file', `import '@hayloft/assembly';`],
  ['plugins/file', `import 'hayloft';`],
  ['packages/engine', `import '@hayloft/disk';`],
  ['packages/engine', `import '../../disk/src/index.ts';`],
  ['packages/engine', `import 'yaml';`],
  ['packages/engine', `import 'fast-check';`],
  ['packages/engine', `import '@jest/globals';`],
  ['packages/disk', `import '@hayloft/assembly';`],
  ['packages/disk', `import '@hayloft/plugin-file';`],
  ['packages/disk', `import 'hayloft';`],
  ['packages/disk', `import 'cli-table3';`],
  ['packages/assembly', `import '@hayloft/plugin-file';`],
  ['packages/assembly', `import 'hayloft';`],
  ['apps/cli', `import '@hayloft/second-app';`],
  ['apps/second', `import 'hayloft';`],
  ['apps/cli', `import '@hayloft/tool-servers';`],
  ['plugins/file', `import '@hayloft/tool-servers';`],
  ['packages/engine', `import '@hayloft/tool-servers';`],
];

/** In a file named `*.test.ts`: the engine's tests stand alone all the same, and no test opens another plugin. */
const forbiddenInTests: readonly Row[] = [
  ['packages/engine', `import '@hayloft/tool-servers';`],
  ['packages/engine', `import '@hayloft/disk';`],
  ['plugins/file', `import '@hayloft/plugin-clone';`],
];

const allowed: readonly Row[] = [
  ['packages/engine', `import 'node:fs';`],
  ['packages/disk', `import '@hayloft/engine';`],
  ['packages/disk', `import '@hayloft/engine/testing';`],
  ['packages/disk', `import '@hayloft/longhorn-format';`],
  ['packages/assembly', `import '@hayloft/disk';`],
  ['packages/assembly', `import 'yaml';`],
  ['plugins/file', `import '@hayloft/engine';`],
  ['plugins/file', `import '@hayloft/directory-store';`],
  ['apps/cli', `import '@hayloft/engine';`],
  ['apps/cli', `import '@hayloft/assembly';`],
  ['apps/cli', `await import('@hayloft/plugin-file');`],
  ['tools/servers', `import 'hayloft';`],
];

const allowedInTests: readonly Row[] = [
  ['packages/engine', `import '@jest/globals';`],
  ['packages/engine', `import 'node:fs';`],
  ['packages/disk', `import '@hayloft/tool-servers';`],
  ['plugins/file', `import '@hayloft/tool-servers';`],
  ['apps/cli', `import '@hayloft/tool-servers';`],
];

let workspace = '';
/** Rule names by file, of the one lint run that answers for every row. */
let complaints: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  workspace = realpathSync(mkdtempSync(join(tmpdir(), 'hayloft-boundaries-')));
  copyWorkspace();
  await cacheProjectGraph();
  for (const row of [...forbidden, ...allowed]) writeRow(row, '.ts');
  for (const row of [...forbiddenInTests, ...allowedInTests]) writeRow(row, '.test.ts');
  complaints = await lint();
}, 120_000);

afterAll(() => rmSync(workspace, { recursive: true, force: true }));

test.each(forbidden)('%s may not %s', (...row) => {
  expect(complaints.get(fileOf(row, '.ts'))).toEqual([rule]);
});

test.each(forbiddenInTests)('a test of %s may not %s', (...row) => {
  expect(complaints.get(fileOf(row, '.test.ts'))).toEqual([rule]);
});

test.each(allowed)('%s may %s', (...row) => {
  expect(complaints.get(fileOf(row, '.ts'))).toEqual([]);
});

test.each(allowedInTests)('a test of %s may %s', (...row) => {
  expect(complaints.get(fileOf(row, '.test.ts'))).toEqual([]);
});

/**
 * The real package.json files, tags and lint configuration, with empty sources and no cached project graph: what is wrong
 * in the tree cannot hide a row, nothing is written to the tree, and a fresh clone is what is tested. A second app joins.
 */
function copyWorkspace(): void {
  const names = ['package.json', 'package-lock.json', 'nx.json', 'tsconfig.base.json', 'tools/lint/eslint.config.mjs'];
  for (const name of names) cpSync(join(root, name), join(workspace, name));
  const modules = join(workspace, 'node_modules');
  mkdirSync(join(modules, '@hayloft'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.includes('hayloft')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const manifest of globSync('{packages,plugins,apps,tools}/*/package.json', { cwd: root })) {
    addProject(dirname(manifest), JSON.parse(readFileSync(join(root, manifest), 'utf8')) as Manifest);
  }
  addProject('apps/second', { name: '@hayloft/second-app', nx: { tags: ['layer:app'] } });
}

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly nx: { readonly tags: readonly string[] };
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * An empty project with a door even where it has none, linked as `npm ci` would, and without its edges to others: a row
 * must bite by its layer, not by a circle.
 */
function addProject(path: string, manifest: Manifest): void {
  const folder = join(workspace, path);
  const npmOnly = Object.entries(manifest.dependencies ?? {}).filter(([name]) => !name.includes('hayloft'));
  const exports = { '.': './src/index.ts', ...manifest.exports };
  for (const door of Object.values(exports)) {
    mkdirSync(dirname(join(folder, door)), { recursive: true });
    writeFileSync(join(folder, door), 'export {};\n');
  }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ ...manifest, exports, dependencies: Object.fromEntries(npmOnly) }),
  );
  cpSync(join(root, 'apps/cli/tsconfig.json'), join(folder, 'tsconfig.json'));
  symlinkSync(folder, join(workspace, 'node_modules', manifest.name));
}

/** Where a row's statement stands: its place in the table keeps the files apart. */
function fileOf(row: Row, extension: '.ts' | '.test.ts'): string {
  const rows = [...forbidden, ...forbiddenInTests, ...allowed, ...allowedInTests];
  const number = rows.findIndex(([from, statement]) => from === row[0] && statement === row[1]);
  return `${row[0]}/src/row-${number}${extension}`;
}

function writeRow(row: Row, extension: '.ts' | '.test.ts'): void {
  const path = join(workspace, fileOf(row, extension));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${row[1]}\nexport {};\n`);
}

interface LintedFile {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
}

/**
 * Without this the rule says one line, skips itself and lets everything pass. The rows come later: in the graph, the
 * forbidden ones would make circles of allowed ones.
 */
async function cacheProjectGraph(): Promise<void> {
  await node('nx/dist/bin/nx.js', 'graph', '--file', '.nx/graph.json');
}

/** Lints every row in one process; a file's own trouble (it does not parse, say) shows as a rule of that name. */
async function lint(): Promise<ReadonlyMap<string, readonly string[]>> {
  const config = 'tools/lint/eslint.config.mjs';
  const output = await node('eslint/bin/eslint.js', '--config', config, '--format', 'json', '.');
  const files = JSON.parse(output) as LintedFile[];
  return new Map(
    files.map(({ filePath, messages }) => [
      relative(workspace, filePath),
      [...new Set(messages.map(({ ruleId, message }) => ruleId ?? message))],
    ]),
  );
}

/** Standard output of a package's program run in the copied workspace; ESLint's status 1 means that it found something. */
function node(program: string, ...args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NX_DAEMON: 'false' };
  execFile(
    process.execPath,
    [join(root, 'node_modules', program), ...args],
    { cwd: workspace, env, maxBuffer: 16 << 20 },
    (error, stdout, stderr) => {
      if (error === null || error.code === 1) resolve(stdout);
      else reject(new Error(`${program} failed: ${stderr}${stdout}`, { cause: error }));
    },
  );
  return promise;
}
