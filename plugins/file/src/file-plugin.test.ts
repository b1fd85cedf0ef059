import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { silentLogger, type PluginContext, type TargetAddress } from '@hayloft/engine';
import { storeCases } from '@hayloft/engine/conformance';
import { filePlugin } from './file-plugin.ts';

const path = mkdtempSync(join(tmpdir(), 'hayloft-file-'));
const { signal } = new AbortController();
const context: PluginContext = { signal, logger: silentLogger, credentials: new Map() };
afterAll(() => rmSync(path, { recursive: true, force: true }));

const address = (scheme: string, changes: Partial<TargetAddress> = {}): TargetAddress => ({
  scheme,
  user: '',
  host: '',
  path: `${path}/`,
  query: new Map(),
  ...changes,
});
const open = (options: unknown) => filePlugin.open(filePlugin.options.parse(options), context);

describe('a file store keeps every promise', () => {
  for (const { name, run } of storeCases) test(name, () => run(() => open({ path }), { signal, listCount: 20 }));
});

test.each(['file', 'vfs'])(
  'a %s URL opens the directory, is shown as it was written, and opening writes nothing',
  async (scheme) => {
    const before = readdirSync(path);
    await using store = await open(filePlugin.schemes![scheme]!(address(scheme)));
    expect(store.location).toBe(`${scheme}://${path}/`);
    expect(store.directory).toEqual({ path, writable: true });
    expect(readdirSync(path)).toEqual(before);
  },
);

test('a URL with a host is refused: the files would be looked for on this machine', () => {
  expect(() => filePlugin.schemes!['file']!(address('file', { host: 'nas' }))).toThrow('names a host');
});

test.each([
  ['no table', 'x'],
  ['a relative path', { path: 'backups' }],
  ['no path', {}],
  ['an unknown option', { path: '/x', readonly: true }],
  ['a text as switch', { path: '/x', readOnly: 'yes' }],
])('%s is CONFIGURATION_INVALID', (_, options) => {
  expect(() => filePlugin.options.parse(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
});

test('a missing directory is no store', async () => {
  await expect(open({ path: join(path, 'missing') })).rejects.toMatchObject({ code: 'STORE_INVALID' });
});
