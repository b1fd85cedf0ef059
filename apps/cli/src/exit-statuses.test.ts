/** Exit statuses that need a world of their own: a full disk, a reader that goes, a lock of somebody who is at work. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { imageSizeBytesMax, longhornFormat } from '@hayloft/longhorn-format';
import { Sandbox, bytesOf, ended } from './testing/sandbox.ts';

jest.setTimeout(120_000); // processes on a busy machine

const image = bytesOf('statuses', 3 * 2 ** 20);
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = new Sandbox();
  sandbox.write('parrot.raw', image);
  await sandbox.json('image', 'create', 'parrot', '--from', 'parrot.raw');
  await sandbox.json('backup', 'create', 'parrot');
});
afterAll(() => sandbox[Symbol.dispose]());

test('9: an image that cannot fit is refused with both figures, before its first byte', async () => {
  let bodies = 0;
  const origin = createServer((request, response) => {
    const isProbe = request.headers.range?.endsWith('-0') === true;
    if (!isProbe) bodies++;
    response.writeHead(200, { 'content-length': imageSizeBytesMax }).flushHeaders();
  });
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
  const { port } = origin.address() as AddressInfo;
  const { status, stderr } = await sandbox.run(['image', 'create', 'huge', '--from', `http://127.0.0.1:${port}/x`]);
  origin.close();
  origin.closeAllConnections();
  expect([status, stderr]).toEqual([9, expect.stringContaining(String(imageSizeBytesMax))]);
  expect(bodies).toBeLessThan(2);
  expect(readdirSync(join(sandbox.disk, 'backing-images'))).toHaveLength(1);
});

test('9: a result or an image that standard output has no room for is no success', () => {
  for (const args of [
    ['version'],
    ['image', 'list', '--json'],
    ['restore', 'parrot', '--to', '-'],
    ['image', 'export', 'parrot', '--to', '-'],
  ]) {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(sandbox.launcher, args, {
      env: sandbox.environment,
      cwd: sandbox.folder,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    expect([args, status, stderr]).toEqual([
      args,
      9,
      expect.stringMatching(/^Error: Standard output .+\nTry this: .+\n$/s),
    ]);
  }
});

test('1: a reader that goes before the image has ended has not got it', async () => {
  for (const args of [
    ['restore', 'parrot', '--to', '-'],
    ['image', 'export', 'parrot', '--to', '-'],
  ]) {
    const child = sandbox.start(args);
    child.stdout.once('data', () => child.stdout.destroy());
    const { status, stderr } = await ended(child);
    expect([status, stderr]).toEqual([1, expect.stringContaining('takes no more')]);
  }
});

test('11: the lock of a deletion at work elsewhere keeps a backup out, until it is gone', async () => {
  const { lock } = longhornFormat;
  const record = { name: 'lock-0123456789abcdef', type: 'deletion', acquired: true } as const;
  sandbox.write(join('data/hayloft/store', lock.key(record.name)), lock.encode(record));
  const refused = await sandbox.run(['backup', 'create', 'parrot', '--json']);
  expect([refused.status, refused.json['error']]).toMatchObject([11, { code: 'STORE_LOCKED' }]);
  expect(await sandbox.json('store', 'unlock', '--dry-run')).toMatchObject({ locks: [{ stale: false }], removed: [] });
  const unlocked = await sandbox.json('store', 'unlock', '--force', '--yes');
  expect(unlocked).toMatchObject({ removed: [record.name] });
  expect(await sandbox.json('backup', 'create', 'parrot')).toMatchObject({ state: 'Completed' });
});

test('progress is JSON lines on stderr where that was asked for, and nothing but the result is on stdout', async () => {
  const { stdout, stderr } = await sandbox.run(['backup', 'create', 'parrot', '--json', '--progress', 'json']);
  expect(Object.keys(JSON.parse(stdout) as object)).toContain('blocks');
  const events = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; phase: string; doneBytes: number });
  expect(events.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['locking', 'reading', 'finishing']));
  for (const { type, doneBytes } of events) expect([type, Number.isInteger(doneBytes)]).toEqual(['progress', true]);
  const quiet = await sandbox.run(['backup', 'create', 'parrot', '--json', '--no-progress']);
  expect(quiet.stderr).toBe('');
});
