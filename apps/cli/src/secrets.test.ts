/** Tokens, passwords and presigned queries go to the server that they are for, and nowhere else. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Sandbox, bytesOf } from './testing/sandbox.ts';

jest.setTimeout(120_000); // processes on a busy machine

const image = bytesOf('secret', 4096);
const asked: string[] = [];
const origin = createServer((request, response) => {
  asked.push(`${request.url} ${request.headers.authorization ?? ''}`);
  if (request.url?.startsWith('/denied') === true) response.writeHead(403).end('geheim');
  else response.writeHead(200, { 'content-length': image.length, etag: '"1"' }).end(image);
});
let sandbox: Sandbox;
let base: string;

beforeAll(async () => {
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  sandbox = new Sandbox();
  sandbox.write('secrets/token', 'geheim-token\n');
  sandbox.write('secrets/password', 'geheim-password\n');
});
afterAll(() => {
  origin.close();
  sandbox[Symbol.dispose]();
});

/** Files that hold a secret, beside those that it was given in. */
function filesWithSecrets(): string[] {
  return Object.keys(sandbox.tree()).filter(
    (path) => !path.startsWith('secrets/') && readFileSync(sandbox.path(path)).includes('geheim'),
  );
}

test.each([
  ['a bearer token', ['x1', '--from', '/x', '--token-file', 'secrets/token'], 0],
  ['a password', ['x2', '--from', '/x', '--user', 'me', '--password-file', 'secrets/password'], 0],
  ['a presigned query', ['x3', '--from', '/x?X-Amz-Signature=geheim'], 0],
  ['a presigned query that is refused', ['x4', '--from', '/denied?X-Amz-Signature=geheim'], 6],
] as const)('%s is sent, and neither shown nor kept', async (_what, [name, from, path, ...rest], status) => {
  const args = ['image', 'create', name, from, `${base}${path}`, ...rest, '--verbose'];
  const ended = await sandbox.run(args);
  expect([ended.status, ended.stdout + ended.stderr]).toEqual([status, expect.not.stringContaining('geheim')]);
  expect(filesWithSecrets()).toEqual([]);
  const credentials = Buffer.from('me:geheim-password').toString('base64');
  expect(asked.join('\n')).toMatch(new RegExp(`geheim|${credentials}`));
  asked.length = 0;
});

test('credentials of a target are masked by config show, also in a proxy of the configuration', async () => {
  writeFileSync(
    sandbox.path('secrets/hayloft.yaml'),
    `downloads: { proxy: "http://me:geheim@127.0.0.1:1" }
targets:
  swift: { plugin: acme, options: { key: geheim } }
  files: { url: "file:///x/", credentials: { env: [GEHEIM_KEY] } }
`,
  );
  const env = { HAYLOFT_CONFIG: 'secrets/hayloft.yaml', GEHEIM_KEY: 'geheim', AWS_SECRET_ACCESS_KEY: 'geheim' };
  for (const args of [['config', 'show'], ['config', 'show', '--json'], ['store', 'list'], ['doctor']]) {
    const { stdout, stderr } = await sandbox.run(args, { env });
    expect(stdout + stderr).not.toContain('geheim');
  }
});
