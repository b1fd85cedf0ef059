/** What is typed or configured wrongly: the right exit status, a message that names it, a remedy, no stack, nothing left. */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { expectSchema } from './testing/expect-schema.ts';
import { Sandbox, bytesOf, sha512 } from './testing/sandbox.ts';
import type { Ended } from './testing/sandbox.ts';

jest.setTimeout(120_000); // processes on a busy machine

interface Case {
  readonly args: readonly string[];
  readonly status: number;
  /** Part of the message. */
  readonly says: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

const image = bytesOf('bad inputs', 65_536);
const other = 'a'.repeat(128);

const usage: readonly Case[] = [
  { args: ['imag', 'list'], status: 2, says: 'no command "imag list"' },
  { args: ['image', 'create'], status: 2, says: 'Missing 1 required arg' },
  { args: ['image', 'create', 'x1', '--frm', 'y'], status: 2, says: '--frm' },
  { args: ['image', 'list', 'surplus'], status: 2, says: 'surplus' },
  { args: ['image', 'create', '../x', '--from', 'good.raw'], status: 2, says: '../x' },
  { args: ['image', 'create', 'Upper', '--from', 'good.raw'], status: 2, says: 'Upper' },
  { args: ['image', 'create', 'x1', '--from', 'good.raw', '--checksum', 'abc'], status: 2, says: '"abc"' },
  { args: ['image', 'create', 'x1', '--from', 'ftp://host/x'], status: 2, says: 'ftp' },
  { args: ['image', 'create', 'x1', '--from', 'http://u:geheim@127.0.0.1/x'], status: 2, says: 'user name' },
  {
    args: ['image', 'create', 'x1', '--from', 'http://127.0.0.1:1/x', '--header', 'Cookie: geheim'],
    status: 2,
    says: 'Cookie',
  },
  { args: ['image', 'create', 'x1', '--from', 'good.raw', '--user', 'me'], status: 2, says: 'http and https' },
  { args: ['image', 'export', 'good', '--to', 'x', '--format', 'qcow2'], status: 2, says: 'qcow2' },
  { args: ['restore', 'good', '--image', 'x1', '--to', 'y'], status: 2, says: '--image' },
  { args: ['restore', 'good'], status: 2, says: '--image' },
  { args: ['backup', 'create', 'good', '--label', 'k='], status: 2, says: 'empty' },
  { args: ['backup', 'create', 'good', '--concurrency', '0'], status: 2, says: 'concurrency' },
  { args: ['backup', 'create', 'good', '--compression', 'gzip'], status: 2, says: 'lz4' },
  { args: ['backup', 'verify'], status: 2, says: '--all' },
  { args: ['backup', 'verify', 'good', '--sample', '0'], status: 2, says: '"0"' },
  { args: ['backup', 'list', '--target', 'nope'], status: 2, says: '"nope"' },
  { args: ['backup', 'list', '--target', 'gs://bucket/'], status: 2, says: 'no store plugin for gs' },
  { args: ['backup', 'list', '--target', 's3://key:geheim@bucket/'], status: 2, says: 'password' },
  { args: ['backup', 'delete', 'good'], status: 2, says: 'not confirmed' },
  { args: ['store', 'prune'], status: 2, says: 'not confirmed' },
];

const configuration: readonly Case[] = [
  { args: ['config', 'show', '--config', 'gone.yaml'], status: 2, says: 'gone.yaml' },
  {
    args: ['image', 'list'],
    status: 2,
    says: 'hayloft.yaml:2: there is no key "limit"',
    files: { 'hayloft.yaml': 'disk: d\nlimit: {}\n' },
  },
  {
    args: ['image', 'list'],
    status: 2,
    says: 'hayloft.yaml:3: limits.uploadBytesPerSecond: "fast"',
    files: { 'hayloft.yaml': 'limits:\n  concurrency: 4\n  uploadBytesPerSecond: fast\n' },
  },
  { args: ['image', 'list'], status: 2, says: 'hayloft.yaml:3', files: { 'hayloft.yaml': 'disk: "a\nb: {\n' } },
  {
    args: ['plugins'],
    status: 2,
    says: '@acme/none',
    files: { 'hayloft.yaml': 'plugins: ["@acme/none"]\n' },
  },
  {
    args: ['plugins'],
    status: 2,
    says: 'contract 7',
    files: {
      'hayloft.yaml': 'plugins: [acme]\n',
      'node_modules/acme/package.json': '{"name":"acme","type":"module","exports":"./acme.js"}',
      'node_modules/acme/acme.js': 'export const acme = { contract: 7, kind: "store" };',
    },
  },
  {
    args: ['backup', 'list'],
    status: 2,
    says: 'secret.env:2',
    files: {
      'hayloft.yaml': 'targets: { default: { url: "file:///", credentials: { file: secret.env } } }\n',
      'secret.env': 'A=b\ngeheim\n',
    },
  },
];

const world: readonly Case[] = [
  { args: ['image', 'show', 'gopd'], status: 4, says: 'gopd' },
  { args: ['image', 'create', 'x1', '--from', 'gone.raw'], status: 4, says: 'gone.raw' },
  { args: ['restore', 'nobackup', '--image', 'x1'], status: 4, says: 'nobackup' },
  { args: ['image', 'create', 'x1', '--from', 'http://127.0.0.1:1/x?token=geheim'], status: 5, says: '127.0.0.1' },
  { args: ['image', 'create', 'x1', '--from', 'good.raw', '--checksum', other], status: 13, says: 'aaaa' },
  { args: ['image', 'create', 'x1', '--from', 'odd.raw'], status: 7, says: '512' },
  { args: ['image', 'create', 'x1', '--from', 'empty.raw'], status: 7, says: 'empty' },
  { args: ['image', 'create', 'x1', '--from', '.'], status: 7, says: 'folder' },
  { args: ['image', 'create', 'good', '--from', 'other.raw'], status: 8, says: 'good' },
  { args: ['restore', 'good', '--to', 'other.raw'], status: 8, says: 'other.raw' },
  { args: ['backup', 'create', 'good', '--file', 'other.raw'], status: 8, says: 'other content' },
  { args: ['restore', 'good', '--to', 'x.raw', '--checksum', other], status: 13, says: 'aaaa' },
  { args: ['backup', 'list', '--target', 'file:///no/such/folder/'], status: 10, says: '/no/such/folder' },
];

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = new Sandbox();
  sandbox.write('good.raw', image);
  sandbox.write('other.raw', bytesOf('other', image.length));
  sandbox.write('odd.raw', bytesOf('odd', 1000));
  sandbox.write('empty.raw', '');
  await sandbox.json('image', 'create', 'good', '--from', 'good.raw', '--checksum', sha512(image));
  await sandbox.json('backup', 'create', 'good');
});
afterAll(() => sandbox[Symbol.dispose]());

const messageOf = ({ stdout }: Ended): string => (JSON.parse(stdout) as { error: { message: string } }).error.message;

async function check({ args, status, says, env }: Case, asJson: boolean): Promise<void> {
  const before = sandbox.tree();
  const ended = await sandbox.run(asJson ? [...args, '--json'] : args, env === undefined ? {} : { env });
  const about = `hayloft ${args.join(' ')}: ${ended.stdout}${ended.stderr}`;
  expect([ended.status, asJson ? messageOf(ended) : about]).toEqual([status, expect.stringContaining(says)]);
  expect(about.replaceAll(args.join(' '), '')).not.toMatch(/\n\s+at .*[.:][0-9]+:[0-9]+|geheim|INTERNAL/);
  if (asJson) {
    expectSchema('error', ended.json);
  } else {
    expect(ended.stderr).toMatch(/^Error: .+\nTry this: .+/m);
    expect(ended.stdout).toBe('');
  }
  expect(sandbox.tree()).toEqual(before);
}

test.each(usage.map((each, index) => [each.args.join(' '), each, index % 2 === 0] as const))(
  'usage: %s',
  async (_name, each, asJson) => check(each, asJson),
);

test.each(world.map((each, index) => [each.args.join(' ').slice(0, 80), each, index % 2 === 0] as const))(
  'the world: %s',
  async (_name, each, asJson) => check(each, asJson),
);

test.each(configuration.map((each) => [each.says, each] as const))('configuration: %s', async (_says, each) => {
  using own = new Sandbox();
  for (const [name, content] of Object.entries(each.files ?? {})) own.write(name, content);
  const { status, stdout, stderr } = await own.run(each.args);
  expect([status, stdout, stderr]).toEqual([each.status, '', expect.stringContaining(each.says)]);
  expect(stderr).toContain('Try this: ');
  expect(stderr).not.toContain('geheim');
});

test('a disk that cannot be one is refused, with what it is', async () => {
  using own = new Sandbox();
  own.write('file', 'no folder');
  mkdirSync(own.path('in'));
  own.write('in/x.raw', image);
  const { status, stderr } = await own.run(['image', 'create', 'x1', '--from', 'in/x.raw', '--disk', 'file']);
  expect([status === 0, stderr]).toEqual([false, expect.stringContaining('file')]);
  expect(stderr).not.toContain('INTERNAL');
});
