import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { silentLogger, type BackupStore, type PluginContext } from '@hayloft/engine';
import { storeCases } from '@hayloft/engine/conformance';
import { acmePlugin } from './acme-plugin.ts';
import { listedAtOnce } from './acme-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'acme-'));
after(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();
const context: PluginContext = { signal, logger: silentLogger, credentials: new Map() };
const open = (options: unknown): Promise<BackupStore> => acmePlugin.open(acmePlugin.options.parse(options), context);
const newFile = (name: string): string => {
  writeFileSync(join(folder, name), '');
  return join(folder, name);
};

describe('a store keeps every promise', () => {
  const path = newFile('promises.sqlite');
  const listCount = listedAtOnce + 1;
  for (const { name, run } of storeCases) {
    test(name, async (t) => {
      const outcome = await run(() => open({ path }), { signal, listCount });
      if (outcome === 'not tried') t.skip('needs what this store does not claim, or what this test does not provide');
    });
  }
});

test('a store without room keeps what it has', async () => {
  const roomBytes = 1024 * 1024;
  const options = { path: newFile('small.sqlite'), sizeBytesMax: roomBytes };
  const { run } = storeCases.find(({ name }) => name === 'full store')!;
  assert.equal(await run(() => open(options), { signal, roomBytes }), 'kept');
});

test('a URL opens the file that it names, and opening writes nothing', async () => {
  const path = newFile('url.sqlite');
  const address = { scheme: 'acme', user: '', host: '', path: `${path}/`, query: new Map() };
  await using store = await open(acmePlugin.schemes!['acme']!(address));
  assert.equal(store.location, `acme://${path}/`);
  for await (const { key } of store.list('', { signal })) assert.fail(`there is "${key}"`);
});

const other = newFile('other.txt');
writeFileSync(other, 'This is no database. '.repeat(100));

for (const [what, options, code] of [
  ['no table', 'x', 'CONFIGURATION_INVALID'],
  ['no path', {}, 'CONFIGURATION_INVALID'],
  ['a relative path', { path: 'x.sqlite' }, 'CONFIGURATION_INVALID'],
  ['an unknown option', { path: '/x', readonly: true }, 'CONFIGURATION_INVALID'],
  ['no room at all', { path: '/x', sizeBytesMax: 1 }, 'CONFIGURATION_INVALID'],
  ['a missing file', { path: join(folder, 'missing') }, 'STORE_INVALID'],
  ['a folder', { path: folder }, 'STORE_INVALID'],
  ['a file of another kind', { path: other }, 'STORE_INVALID'],
] as const) {
  test(`${what} is ${code}`, async () => {
    await assert.rejects(async () => open(options), { code });
  });
}
