import { existsSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { storeCases } from '@hayloft/engine/conformance';
import { expectSchema } from '../../testing/expect-schema.ts';
import { ended, Sandbox } from '../../testing/sandbox.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox[Symbol.dispose]());

const engine = new URL('../../../../../packages/engine/src', import.meta.url).href;

/** Installs a plugin `memory` whose store is in memory but for what `changes` say, and makes it the default target. */
function configure(changes: string): void {
  sandbox.write('node_modules/memory/package.json', '{"type": "module", "exports": "./index.js"}');
  sandbox.write(
    'node_modules/memory/index.js',
    `import { BackupError } from '${engine}/index.ts';
    import { createMemoryStore } from '${engine}/testing/index.ts';
    const { blobs } = createMemoryStore();
    export const memory = {
      contract: 1, kind: 'store', type: 'memory', summary: 'In memory', options: { parse: (value) => value },
      open: async () => {
        const store = createMemoryStore({ blobs });
        return { ...store, ${changes} };
      },
    };`,
  );
  sandbox.write('hayloft.yaml', 'plugins: [memory]\ntargets: { default: { plugin: memory } }\n');
}

interface Checked {
  readonly ok: boolean;
  readonly items: readonly { readonly name: string; readonly outcome: string; readonly detail?: string }[];
}

test('a store in use is checked beside what is in it, one line a promise, and left as it was', async () => {
  const backups = sandbox.write('store/backupstore/backing-images/x', 'a user’s');
  const url = `file://${sandbox.path('store')}/`;
  const { status, stdout } = await sandbox.run(['store', 'check', url]);
  expect([status, stdout.match(/^(ok {3}|n\/a {2}|FAIL) /gm)?.length]).toEqual([0, storeCases.length]);
  expect(existsSync(backups)).toBe(true);
  expect(readdirSync(sandbox.path('store')).sort()).toEqual(['.hayloft-staging', 'backupstore']);
  expect(stdout.match(/^n\/a .*\n {6}.*$/gm)?.map((lines) => lines.split('\n      ')[1])).toEqual([
    'a store in use is not filled',
    'needs credentials that are refused',
    'needs an outage',
    'needs an outage',
  ]);
});

test('a broken promise is exit 10, with what was seen, and the other promises are tried all the same', async () => {
  configure('stat: async (key, options) => ({ ...(await store.stat(key, options)), sizeBytes: 1 })');
  const { status, json, stderr } = await sandbox.run(['store', 'check', '--json']);
  expect([status, stderr]).toEqual([10, '']);
  expectSchema('store-check', json);
  expect(json).toMatchObject({ ok: false, error: { code: 'STORE_INVALID' } });
  const { items } = json as unknown as Checked;
  expect(items.length).toBe(storeCases.length);
  expect(items.find(({ name }) => name === 'empty blob')).toMatchObject({ outcome: 'broken' });
  expect(items.find(({ name }) => name === 'list is complete')).toMatchObject({ outcome: 'kept' });
});

test('a store that may not be written breaks no promise: exit 6', async () => {
  configure(
    "put: async () => { throw new BackupError('STORE_READ_ONLY', 'only reading is allowed', { remedy: 'Ask.' }); }",
  );
  const { status, stdout, stderr } = await sandbox.run(['store', 'check']);
  expect([status, stdout]).toEqual([6, '']);
  expect(stderr).toContain('only reading is allowed');
});

test('a check that is interrupted removes what it wrote', async () => {
  sandbox.write('store/backupstore/x', 'a user’s');
  const child = sandbox.start(['store', 'check', `file://${sandbox.path('store')}/`]);
  const end = ended(child);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const { status, stdout } = await end;
  expect(status).toBe(130);
  expect(stdout.split('\n').length).toBeLessThan(storeCases.length);
  expect(readdirSync(sandbox.path('store')).filter((name) => name.startsWith('hayloft-check'))).toEqual([]);
});
