import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { allTargets, loadConfiguration, placesOf } from '@hayloft/assembly';
import type { StorePlugin } from '@hayloft/engine';
import { parseTargetUrl } from '@hayloft/longhorn-format';
import { catalogue } from '../catalogue.ts';
import { expectSchema } from '../testing/expect-schema.ts';
import { Sandbox } from '../testing/sandbox.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox[Symbol.dispose]());

const stores = Object.keys(catalogue.plugins).filter((key) => key.startsWith('store:'));
const load = async (key: string): Promise<StorePlugin> => (await catalogue.plugins[key]!()) as StorePlugin;

/** Everything that the plugin's own code says, but for its example. */
function sourceOf(type: string): string {
  const folder = new URL(`../../../../plugins/${type}/src/`, import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'example.ts');
  return files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n');
}

test.each(stores)(
  'the example of %s selects that very plugin, with options that it takes and keys that it knows',
  async (key) => {
    const plugin = await load(key);
    const places = placesOf({ HOME: sandbox.folder });
    const file = sandbox.write('hayloft.yaml', plugin.example!);
    const configuration = await loadConfiguration({ file, environment: {}, places, workingDirectory: sandbox.folder });
    const targets = allTargets({ configuration, places }).filter(({ origin }) => origin !== 'default');
    expect(targets.length).toBeGreaterThan(0);
    for (const { place, mountedAt } of targets) {
      if (place.kind === 'plugin') {
        expect(place.plugin).toBe(plugin.type);
        plugin.options.parse(place.options);
      } else {
        const address = parseTargetUrl(place.url);
        expect(catalogue.schemes[address.scheme]).toBe(plugin.type);
        plugin.options.parse(plugin.schemes![address.scheme]!({ ...address, mountedAt }));
      }
    }
    const source = sourceOf(plugin.type);
    for (const [word] of plugin.example!.matchAll(/\b[A-Z][A-Z0-9]*_[A-Z_]+\b/g)) expect(source).toContain(word);
  },
);

test('every plugin has a line, and every store a configuration to paste, a third party’s with what loads it', async () => {
  sandbox.write('node_modules/@acme/hayloft-barn/package.json', '{"type": "module", "exports": "./index.js"}');
  sandbox.write(
    'node_modules/@acme/hayloft-barn/index.js',
    `export const barn = { contract: 1, kind: 'store', type: 'barn', summary: 'A barn', options: { parse: (value) => value },
      open: async () => { throw new Error('not needed'); }, example: 'targets:\\n  barn: { plugin: barn }\\n' };`,
  );
  sandbox.write('hayloft.yaml', 'plugins: ["@acme/hayloft-barn"]\n');
  const { status, stdout } = await sandbox.run(['plugins']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^store +barn +@acme\/hayloft-barn +A barn$/m);
  for (const key of stores) expect(stdout).toContain((await load(key)).example!.trimEnd());
  expect(stdout).toContain("plugins: ['@acme/hayloft-barn']\ntargets:\n  barn: { plugin: barn }\n");

  const listed = await sandbox.json<{ items: readonly { kind: string; example?: string }[] }>('plugins');
  expectSchema('plugins', listed);
  expect(listed.items.filter(({ kind, example }) => kind === 'store' && example === undefined)).toEqual([]);
});
