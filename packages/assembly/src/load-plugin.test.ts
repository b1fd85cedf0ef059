import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isBackupError } from '@hayloft/engine';
import type { Catalogue } from './catalogue.ts';
import type { Configuration } from './configuration.ts';
import { listPlugins, loadPlugin, loadSchemePlugin } from './load-plugin.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hayloft-plugins-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const plugin = (more = ''): string =>
  `export const acme = { contract: 1, kind: 'store', type: 'acme', summary: 's', options: { parse: (v) => v }, open: async () => ({}), schemes: { acme: (a) => a }, ${more} };`;

function assemblyWith(code: string, manifest: object = { exports: './index.js' }) {
  const file = join(folder, 'node_modules/@acme/plugin/index.js');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
  writeFileSync(
    join(dirname(file), 'package.json'),
    JSON.stringify({ name: '@acme/plugin', type: 'module', ...manifest }),
  );
  const catalogue: Catalogue = {
    plugins: {
      'store:file': async () => ({
        contract: 1,
        kind: 'store',
        type: 'file',
        summary: 's',
        options: { parse: String },
        open: String,
      }),
    },
    schemes: { file: 'file' },
  };
  const configuration = { file: join(folder, 'hayloft.yaml'), plugins: ['@acme/plugin'] } as unknown as Configuration;
  return { catalogue, configuration };
}

test('a package beside the configuration is found by its type, its scheme, and in the list', async () => {
  for (const manifest of [
    { exports: './index.js' },
    { exports: { '.': { types: './x.d.ts', import: './index.js' } } },
    { exports: { node: { default: './index.js' } } },
    { main: 'index.js' },
    {},
  ]) {
    const assembly = assemblyWith(plugin(), manifest);
    expect((await loadPlugin('store', 'acme', assembly)).summary).toBe('s');
    expect((await loadSchemePlugin('acme', assembly)).type).toBe('acme');
    expect((await listPlugins(assembly)).map(({ from, plugin: { type } }) => [type, from])).toEqual([
      ['file', undefined],
      ['acme', '@acme/plugin'],
    ]);
  }
});

test('an unknown type or scheme names those that are there', async () => {
  const assembly = assemblyWith(plugin());
  for (const attempt of [() => loadPlugin('store', 's3', assembly), () => loadSchemePlugin('s3', assembly)]) {
    const error: unknown = await attempt().catch((thrown: unknown) => thrown);
    if (!isBackupError(error, 'PLUGIN_UNKNOWN')) throw error;
    expect([error.message, error.remedy]).toEqual([
      'This version has no store plugin for s3',
      expect.stringContaining('file, acme'),
    ]);
  }
});

test('a constant that is exported twice is one plugin', async () => {
  const assembly = assemblyWith(`${plugin()} export default acme;`);
  expect((await listPlugins(assembly)).length).toBe(2);
});

test.each([
  ['a contract to come', plugin('contract: 2'), 'contract 2', 'a newer hayloft'],
  ['a contract of the past', plugin('contract: 0'), 'contract 0', 'a version of it for contract 1.'],
  ['another kind', plugin("kind: 'disk'"), 'kind is "disk"', 'Install'],
  ['no type', plugin('type: 5'), 'type', 'Install'],
  ['no summary', plugin('summary: undefined'), 'summary', 'Install'],
  ['options that cannot be parsed', plugin('options: {}'), 'options', 'Install'],
  ['no way to open it', plugin('open: 1'), 'open', 'Install'],
  ['schemes that are none', plugin('schemes: { acme: 1 }'), 'schemes', 'Install'],
  ['an example that is no text', plugin('example: {}'), 'example', 'Install'],
  ['a type that is built in', plugin("type: 'file'"), 'store:file, and there is one already (built in)', 'Take one'],
  ['a scheme that is built in', plugin('schemes: { file: (a) => a }'), 'file: URLs', 'Take one'],
  ['a type twice', `${plugin()} export const other = { ...acme, schemes: {} };`, '(@acme/plugin)', 'Take one'],
  ['a scheme twice', `${plugin()} export const other = { ...acme, type: 'b' };`, 'acme: URLs', 'Take one'],
  ['no plugin in it', 'export const other = 1;', 'no plugin', 'Install'],
  ['code that throws', 'throw new Error("at once");', 'at once', 'Install'],
  ['code that does not compile', 'export const = 1;', 'Unexpected token', 'Install'],
])('a package with %s fails the run with its name and what to do', async (_what, code, says, remedy) => {
  const error: unknown = await loadPlugin('store', 'acme', assemblyWith(code)).catch((thrown: unknown) => thrown);
  if (!isBackupError(error, 'PLUGIN_INVALID')) throw error;
  expect(error.message).toContain('@acme/plugin');
  expect(error.message).toContain(says);
  expect(error.remedy).toContain(remedy);
});

test.each([
  [
    'that is not installed',
    (configuration: Configuration) => ({ ...configuration, plugins: ['@acme/none'] }),
    'npm install',
  ],
  ['whose entry is missing', (configuration: Configuration) => configuration, 'Install'],
])('a package %s fails the run with its name and what to do', async (_what, change, remedy) => {
  const { catalogue, configuration } = assemblyWith(plugin(), { exports: './none.js' });
  const assembly = { catalogue, configuration: change(configuration) };
  const error: unknown = await listPlugins(assembly).catch((thrown: unknown) => thrown);
  if (!isBackupError(error, 'PLUGIN_INVALID')) throw error;
  expect(error.message).toContain(assembly.configuration.plugins[0]);
  expect(error.remedy).toContain(remedy);
  expect(error.exitCode).toBe(2);
});
