/** What people do with images and backups, by the launcher, on real files; each result is held against its schema. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { expectSchema } from './testing/expect-schema.ts';
import { Sandbox, bytesOf, sha512 } from './testing/sandbox.ts';

jest.setTimeout(120_000); // processes on a busy machine

const mebibyte = 2 ** 20;
const image = Buffer.concat([bytesOf('head', 3 * mebibyte), Buffer.alloc(6 * mebibyte), bytesOf('tail', 700_416)]);
let sandbox: Sandbox;
let mirror: string;

beforeAll(() => {
  sandbox = new Sandbox();
  sandbox.write('parrot.raw', image);
  sandbox.write('mirror/.keep', '');
  mirror = `file://${sandbox.path('mirror')}/`;
});
afterAll(() => sandbox[Symbol.dispose]());

/** The one block file of the default store that holds most bytes. */
function someBlock(): string {
  const blocks = join(sandbox.store, 'backupstore/backing-images/blocks');
  const files = readdirSync(blocks, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.blk'));
  return join(blocks, files.sort()[0]!);
}

test('create, back up, lose, restore: the image is back, and proven', async () => {
  const made = await sandbox.json('image', 'create', 'parrot', '--from', 'parrot.raw', '--checksum', sha512(image));
  expectSchema('image-create', made);
  expect(made).toMatchObject({ name: 'parrot', sizeBytes: image.length, checksum: sha512(image), state: 'ready' });

  const again = await sandbox.run(['image', 'create', 'parrot', '--from', 'gone.raw', '--checksum', sha512(image)]);
  expect([again.status, again.stdout]).toEqual([0, expect.stringContaining('Kept the image parrot')]);

  const backedUp = await sandbox.json('backup', 'create', 'parrot', '--label', 'usecase=test');
  expectSchema('backup-create', backedUp);
  expect(backedUp).toMatchObject({
    url: `file://${sandbox.store}/?backingImage=parrot`,
    checksum: sha512(image),
    labels: { usecase: 'test' },
    blocks: { total: 3, unique: 3, written: 3, reused: 0, healed: 0 },
  });
  const second = await sandbox.json<{ blocks: object; bytes: object }>('backup', 'create', 'parrot');
  expect(second.blocks).toMatchObject({ written: 0, reused: 3 });

  for (const [schema, ...args] of [
    ['image-list', 'image', 'list'],
    ['image-show', 'image', 'show', 'parrot'],
    ['backup-list', 'backup', 'list'],
    ['backup-show', 'backup', 'show', 'parrot'],
  ] as const) {
    const result = await sandbox.json(...args);
    expectSchema(schema, result);
    expect(JSON.stringify(result)).toContain(sha512(image));
  }

  const refused = await sandbox.run(['image', 'delete', 'parrot']);
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  expectSchema('image-delete', await sandbox.json('image', 'delete', 'parrot', '--yes'));
  expect((await sandbox.run(['image', 'show', 'parrot'])).status).toBe(4);

  const restored = await sandbox.json('restore', 'parrot', '--image', 'parrot', '--require-checksum');
  expectSchema('restore', restored);
  expect(restored).toMatchObject({ image: 'parrot', checksum: sha512(image), proven: true });
  const verified = await sandbox.json('image', 'verify', 'parrot');
  expectSchema('image-verify', verified);
  expect(verified).toMatchObject({ ok: true, comparedWith: 'blocks' });
});

test('a backup comes back as a file, as a stream and as another image, by name or by URL', async () => {
  const url = `file://${sandbox.store}/?backingImage=parrot`;
  expectSchema('restore', await sandbox.json('restore', url, '--to', 'back.raw'));
  expect(readFileSync(sandbox.path('back.raw')).equals(image)).toBe(true);

  const streamed = await sandbox.run(['restore', 'parrot', '--to', '-', '--json', '--no-progress']);
  expect([streamed.status, streamed.bytes.equals(image)]).toEqual([0, true]);
  expectSchema('restore', JSON.parse(streamed.stderr.trim().split('\n').at(-1)!));

  const other = await sandbox.json('image', 'create', 'parrot2', '--from', url);
  expect(other).toMatchObject({ name: 'parrot2', checksum: sha512(image) });
  const clone = await sandbox.json('image', 'create', 'parrot3', '--from', 'image:parrot2');
  expect(clone).toMatchObject({ name: 'parrot3', checksum: sha512(image) });
  expectSchema('image-rename', await sandbox.json('image', 'rename', 'parrot3', 'parrot4'));
  await sandbox.json('image', 'delete', 'parrot4', '--yes');
  await sandbox.json('image', 'delete', 'parrot2', '--yes');
});

test('an image is exported as it is, or compressed, and an existing file is replaced only by force', async () => {
  expectSchema('image-export', await sandbox.json('image', 'export', 'parrot', '--to', 'out.raw'));
  expect(readFileSync(sandbox.path('out.raw')).equals(image)).toBe(true);
  await sandbox.json('image', 'export', 'parrot', '--to', 'out.gz', '--compress', 'gzip');
  expect(gunzipSync(readFileSync(sandbox.path('out.gz'))).equals(image)).toBe(true);
  const streamed = await sandbox.run(['image', 'export', 'parrot', '--to', '-', '--compress', 'zstd']);
  expect([streamed.status, zstdDecompressSync(streamed.bytes).equals(image)]).toEqual([0, true]);

  const other = sandbox.write('other.raw', bytesOf('other', image.length));
  const refused = await sandbox.run(['image', 'export', 'parrot', '--to', 'other.raw', '--json']);
  expect([refused.status, refused.json['error']]).toMatchObject([8, { code: 'EXISTS_WITH_OTHER_CONTENT' }]);
  expect(readFileSync(other).equals(image)).toBe(false);
  await sandbox.json('image', 'export', 'parrot', '--to', 'other.raw', '--force');
  expect(readFileSync(other).equals(image)).toBe(true);
});

test('standard input becomes an image, and with --file a file becomes a backup without one', async () => {
  const odd = bytesOf('odd', 1_000_001);
  const refused = await sandbox.run(['image', 'create', 'odd', '--from', '-'], { input: odd });
  expect([refused.status, refused.stderr]).toEqual([7, expect.stringContaining('512')]);
  const made = await sandbox.run(['image', 'create', 'odd', '--from', '-', '--pad', '--json'], { input: odd });
  expect([made.status, made.json]).toMatchObject([0, { sizeBytes: Math.ceil(odd.length / 512) * 512 }]);
  await sandbox.json('image', 'delete', 'odd', '--yes');

  const direct = await sandbox.json('backup', 'create', 'direct', '--file', 'parrot.raw');
  expect(direct).toMatchObject({ name: 'direct', checksum: sha512(image), blocks: { written: 0 } });
  expectSchema('backup-delete', await sandbox.json('backup', 'delete', 'direct', '--dry-run'));
  expect(await sandbox.json('backup', 'delete', 'direct', '--yes')).toMatchObject({ blocks: { kept: 3, deleted: 0 } });
});

test('damage is found with exit 13, healed from the image or another store, and then gone', async () => {
  expectSchema('backup-copy', await sandbox.json('backup', 'copy', 'parrot', '--to', mirror));
  for (const from of ['parrot', `${mirror}?backingImage=parrot`]) {
    truncateSync(someBlock(), 100);
    const found = await sandbox.run(['backup', 'verify', 'parrot', '--json']);
    expectSchema('backup-verify', found.json);
    expect([found.status, found.json]).toMatchObject([13, { ok: false, problems: [{ kind: 'corrupt' }], error: {} }]);
    expect((await sandbox.run(['restore', 'parrot', '--to', 'never.raw'])).status).toBe(13);
    expect(readdirSync(sandbox.folder)).not.toContain('never.raw');

    const healed = await sandbox.json('backup', 'repair', 'parrot', '--from', from);
    expectSchema('backup-repair', healed);
    expect(healed).toMatchObject({ ok: true, blocks: { damaged: 1, healed: 1 } });
    const verified = await sandbox.json('backup', 'verify', '--all');
    expectSchema('backup-verify', verified);
    expect(verified).toMatchObject({ ok: true, items: [{ name: 'parrot', checksum: sha512(image) }] });
  }
});

test('an image that rots on the disk is found before a backup claims it, and one that was edited gets a new list', async () => {
  const rotten = await sandbox.json<{ path: string }>('image', 'create', 'rotten', '--from', 'parrot.raw');
  const edited = Buffer.from(image);
  edited[1000] = edited[1000]! ^ 1;
  writeFileSync(rotten.path, edited);
  const backedUp = await sandbox.run(['backup', 'create', 'rotten', '--target', mirror, '--json']);
  expect([backedUp.status, backedUp.json]).toMatchObject([0, { checksum: sha512(edited) }]);
  expect(backedUp.stderr).toContain('gets a new list of blocks');
  await sandbox.json('backup', 'delete', `${mirror}?backingImage=rotten`, '--yes');
  await sandbox.json('image', 'delete', 'rotten', '--yes');
});

test('several targets: one that fails does not keep the others from theirs, exit 3', async () => {
  const both = await sandbox.json<{ items: object[] }>(
    'backup',
    'create',
    'parrot',
    '--target',
    'default',
    '--target',
    mirror,
  );
  expectSchema('backup-create', both);
  expect(both.items).toHaveLength(2);
  const nowhere = `file://${sandbox.path('no/where')}/`;
  const partly = await sandbox.run(['backup', 'create', 'parrot', '--target', nowhere, '--target', mirror, '--json']);
  expectSchema('backup-create', partly.json);
  expect([partly.status, partly.json]).toMatchObject([
    3,
    { items: [{ target: nowhere, error: {} }, { name: 'parrot' }], error: { code: 'PARTLY_UNTRIED' } },
  ]);
});

test('a store can be counted, checked, pruned, unlocked and listed', async () => {
  rmSync(sandbox.path('mirror/backupstore/backing-images/backing-images/parrot'), { recursive: true });
  const stats = await sandbox.json('store', 'stats', mirror);
  expectSchema('store-stats', stats);
  expect(stats).toMatchObject({ images: { completed: 0 }, blocks: { total: 3, orphans: 3, missing: 0 } });
  expectSchema('store-unlock', await sandbox.json('store', 'unlock', mirror, '--yes'));
  expectSchema('store-list', await sandbox.json('store', 'list'));

  const before = sandbox.tree();
  const checked = await sandbox.json<{ items: object[] }>('store', 'check', mirror);
  expectSchema('store-check', checked);
  expect(checked.items.length).toBeGreaterThan(10);
  expect(sandbox.tree()).toEqual(before);

  const dry = await sandbox.json('store', 'prune', mirror, '--dry-run', '--even-without-backups');
  expectSchema('store-prune', dry);
  expect(dry).toMatchObject({ dryRun: true, blocks: { orphans: 3, deleted: 0 } });
  expect((await sandbox.run(['store', 'prune', mirror, '--yes'])).status).toBe(10);
  const pruned = await sandbox.json('store', 'prune', mirror, '--yes', '--even-without-backups');
  expect(pruned).toMatchObject({ blocks: { kept: 0, deleted: 3, orphans: 3 } });
});

test('version, plugins, config show, doctor, completion and help exit-codes answer in JSON too', async () => {
  for (const [schema, ...args] of [
    ['version', 'version'],
    ['plugins', 'plugins'],
    ['config-show', 'config', 'show'],
    ['doctor', 'doctor'],
    ['completion', 'completion', 'bash'],
    ['help-exit-codes', 'help', 'exit-codes'],
  ] as const) {
    expectSchema(schema, await sandbox.json(...args));
  }
});
