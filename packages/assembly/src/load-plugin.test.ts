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

test.each([
  ['another contract', plugin('contract: 2'), 'contract 2'],
  ['another kind', plugin("kind: 'disk'"), 'kind is "disk"'],
  ['no type', plugin('type: 5'), 'type'],
  ['no summary', plugin('summary: undefined'), 'summary'],
  ['options that cannot be parsed', plugin('options: {}'), 'options'],
  ['no way to open it', plugin('open: 1'), 'open'],
  ['a type that is built in', plugin("type: 'file'"), 'there already'],
  ['no plugin in it', 'export const other = 1;', 'no plugin'],
  ['code that throws', 'throw new Error("at once");', 'at once'],
])('a package with %s fails the run with its name', async (_what, code, says) => {
  const error: unknown = await loadPlugin('store', 'acme', assemblyWith(code)).catch((thrown: unknown) => thrown);
  if (!isBackupError(error, 'PLUGIN_INVALID')) throw error;
  expect(error.message).toContain('@acme/plugin');
  expect(error.message).toContain(says);
});
