/** Longhorn's documented manifests on one machine: in any order, twice, in part, and with mistakes. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { expectSchema } from './testing/expect-schema.ts';
import { Sandbox, bytesOf, sha512 } from './testing/sandbox.ts';

jest.setTimeout(120_000); // processes on a busy machine

const image = bytesOf('parrot', 2 * 2 ** 20 + 4096);
const documents = join(import.meta.dirname, 'testdata');
const origin: Server = createServer((request, response) => {
  if (request.url !== '/parrot.raw') response.writeHead(404).end();
  else response.writeHead(200, { 'content-length': image.length }).end(image);
});
let sandbox: Sandbox;

beforeAll(async () => {
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
  sandbox = new Sandbox();
  for (const file of readdirSync(documents))
    sandbox.write(`all/${file}`, local(readFileSync(join(documents, file), 'utf8')));
});
afterAll(() => {
  origin.close();
  sandbox[Symbol.dispose]();
});

/** A document with the URLs and the checksum of this test. */
function local(text: string): string {
  const { port } = origin.address() as AddressInfo;
  return text
    .replaceAll(/https:\/\/longhorn-backing-image\S+/g, `http://127.0.0.1:${port}/parrot.raw`)
    .replaceAll(/\b[0-9a-f]{128}\b/g, sha512(image))
    .replaceAll('s3://backupbucket@us-east-1/', `file://${sandbox.path('store')}/`)
    .replaceAll('change me', 'hush-hush');
}

interface Item {
  readonly kind: string;
  readonly name: string;
  readonly state: string;
  readonly message: string;
  readonly status: Record<string, unknown>;
}

test('all documents at once, in whatever order, come about, and applied again nothing changes', async () => {
  const first = await sandbox.run(['apply', '-f', 'all', '--json']);
  expectSchema('apply', first.json);
  const states = (first.json['items'] as unknown as Item[]).map(({ kind, name, state }) => `${kind} ${name} ${state}`);
  expect(states.sort()).toEqual([
    'BackingImage parrot ready',
    'BackingImage parrot-cloned ready',
    'BackingImage parrot-cloned-decrypt failed',
    'BackingImage parrot-cloned-encrypted failed',
    'BackingImage parrot-restore ready',
    'BackupBackingImage parrot Completed',
    'BackupBackingImage parrot-backup Completed',
    'BackupTarget default Available',
    'Secret aws-secret Applied',
    'Secret longhorn-crypto Applied',
    'StorageClass longhorn-crypto Ignored',
  ]);
  expect([first.status, first.json['error']]).toMatchObject([7, { code: 'SOURCE_INVALID' }]);
  expect((first.json['items'] as unknown as Item[]).find(({ name }) => name === 'parrot-backup')?.status).toMatchObject(
    {
      backingImage: 'parrot',
      url: `file://${sandbox.path('store')}/?backingImage=parrot`,
      checksum: sha512(image),
      labels: { usecase: 'test', type: 'raw' },
      progress: 100,
      compressionMethod: 'lz4',
    },
  );

  const before = sandbox.tree();
  const second = await sandbox.run(['apply', '-f', 'all']);
  expect([second.status, second.stdout]).toEqual([7, expect.stringMatching(/parrot-restore +ready +unchanged/)]);
  const after = sandbox.tree();
  const things = (tree: object): string[][] =>
    Object.entries(tree).filter(([path]) => /^(data|store)/.test(path) && !path.includes('stores'));
  expect(things(after)).toEqual(things(before));
});

test('an applied target is one for every command, and objects are private and hold no value of a Secret', async () => {
  const listed = await sandbox.run(['backup', 'list', '--json']);
  // Its Secret was applied without --keep-secrets, so what needs the values says so.
  expect([listed.status, listed.json['error']]).toMatchObject([
    2,
    { remedy: expect.stringContaining('--keep-secrets') },
  ]);
  for (const [path] of Object.entries(sandbox.tree()).filter(([path]) => path.startsWith('state'))) {
    expect(readFileSync(sandbox.path(path)).includes('hush-hush')).toBe(false);
    expect(statSync(sandbox.path(path)).mode & 0o077).toBe(0);
  }
  expect((await sandbox.run(['apply', '-f', 'all/backuptarget.yaml', '--keep-secrets'])).status).toBe(0);
  expect(await sandbox.json('backup', 'list')).toMatchObject({ items: [{ name: 'parrot' }] });
  const configured = sandbox.write('own.yaml', `targets: { default: { url: "file://${sandbox.path('data')}/" } }\n`);
  expect(await sandbox.json('backup', 'list', '--config', configured)).toMatchObject({ items: [] });
});

test('a store that is out of reach fails its objects, and the others go on', async () => {
  using own = new Sandbox();
  own.write('a.yaml', readFileSync(join(documents, 'backuptarget.yaml'), 'utf8'));
  own.write('b.yaml', local(readFileSync(join(documents, 'backingimage-download.yaml'), 'utf8')));
  own.write('c.yaml', readFileSync(join(documents, 'backupbackingimage.yaml'), 'utf8'));
  const applied = await own.run(['apply', '-f', '.', '--json']);
  expect([applied.status, applied.json]).toMatchObject([
    5,
    {
      items: [
        { kind: 'Secret', state: 'Applied' },
        { kind: 'BackupTarget', state: 'Unavailable', error: { code: 'STORE_UNAVAILABLE' } },
        { kind: 'BackingImage', state: 'ready' },
        { kind: 'BackupBackingImage', state: 'Error', error: { code: 'STORE_UNAVAILABLE' } },
      ],
    },
  ]);
});

test.each([
  ['an unknown field', 'spec: { userCreated: true, backingImages: parrot }', 'Did you mean "backingImage"?'],
  ['a number without quotes', 'spec: { userCreated: true, backingImage: 5 }', 'quotes'],
  ['a missing field', 'spec: { backingImage: parrot }', 'userCreated'],
  ['a label by nobody’s rule', 'spec: { userCreated: true, labels: { "-a": b } }', 'label -a'],
])('%s is refused before anything is done, with its place', async (_what, spec, says) => {
  const good = readFileSync(sandbox.path('all/backingimage-download.yaml'), 'utf8').replace(
    'parrot\n',
    'not-to-be-made\n',
  );
  const bad = `apiVersion: longhorn.io/v1beta2\nkind: BackupBackingImage\nmetadata: { name: x1 }\n${spec}\n`;
  const before = sandbox.tree();
  const { status, stderr, stdout } = await sandbox.run(['apply', '-f', '-'], { input: `${good}---\n${bad}` });
  expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(says)]);
  expect(stderr).toMatch(/standard input:\d+: /);
  expect(sandbox.tree()).toEqual(before);
});

test('what an object stands for goes with it, once that is confirmed', async () => {
  const refused = await sandbox.run(['delete', '-f', 'all']);
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  const before = sandbox.tree();
  expectSchema('delete', await sandbox.json('delete', '-f', 'all', '--dry-run'));
  expect(sandbox.tree()).toEqual(before);
  const deleted = await sandbox.json<{ items: Item[] }>('delete', '-f', 'all', '--yes');
  expectSchema('delete', deleted);
  expect(new Set(deleted.items.map(({ state }) => state))).toEqual(new Set(['deleted', 'absent']));
  expect(await sandbox.json('image', 'list')).toEqual({ items: [] });
  expect(await sandbox.json('backup', 'list', '--target', `file://${sandbox.path('store')}/`)).toEqual({ items: [] });
});
