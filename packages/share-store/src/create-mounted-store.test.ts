import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger, type Logger } from '@hayloft/engine';
import { storeCases } from '@hayloft/engine/conformance';
import { createMountedStore, mountOf } from './create-mounted-store.ts';

const { signal } = new AbortController();
const path = realpathSync(mkdtempSync(join(tmpdir(), 'hayloft mount-')));
afterAll(() => rmSync(path, { recursive: true, force: true }));

const line = (point: string, type: string): string =>
  `36 35 98:0 /mnt1 ${point.replaceAll(' ', '\\040')} rw,noatime master:1 - ${type} nas:/backups rw\n`;
let warnings: string[] = [];
beforeEach(() => void (warnings = []));
const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
const open = (mounts: string, at = path) =>
  createMountedStore({
    path: at,
    logger,
    location: 'nfs://nas:/backups/',
    writable: true,
    readMounts: () => Promise.resolve(line('/', 'overlay') + mounts),
  });

describe('a store on a mounted share keeps every promise', () => {
  for (const { name, run } of storeCases) {
    test(name, async () => void (await run(() => open(line(path, 'nfs4')), { signal, listCount: 100 })));
  }
});

test('it is shown as the share that it is, and workers may write its files', async () => {
  await using store = await open(line(path, 'nfs4'));
  expect(store.location).toBe('nfs://nas:/backups/');
  expect(store.directory).toEqual({ path, writable: true });
});

test.each([
  ['the share itself', line(path, 'nfs4')],
  ['a folder of the share', line(tmpdir(), 'nfs')],
  ['a volume of a container', line(path, 'ext4')],
  ['a mount that hides another', line(path, 'ext4') + line(path, 'cifs')],
])('%s is taken', async (_, mounts) => {
  await using store = await open(mounts);
  expect(store.directory?.path).toBe(path);
  expect(warnings).toEqual([]);
});

test.each([
  ['the root', ''],
  ['another disk', line(tmpdir(), 'ext4')],
  ['a mount beside it', line(`${path}-2`, 'nfs4')],
  ['a mount below it', line(`${path}/x`, 'nfs4')],
  ['a share that is hidden', line(tmpdir(), 'nfs4') + line(tmpdir(), 'tmpfs')],
])('a folder of %s, where the share is not mounted, is taken with a warning', async (_, mounts) => {
  await using store = await open(mounts);
  expect(store.directory?.path).toBe(path);
  expect(warnings).toEqual([expect.stringContaining('stays on this machine')]);
});

test('a path that is not there is STORE_INVALID', async () => {
  await expect(open(line(tmpdir(), 'nfs4'), join(path, 'missing'))).rejects.toMatchObject({ code: 'STORE_INVALID' });
});

test('a machine without a list of mounts takes any folder', () => {
  expect(mountOf(path, '')).toBeUndefined();
});

test('Linux’s own list is understood', async () => {
  const location = 'nfs://nas:/backups/';
  await using _store = await createMountedStore({ path: '/proc/self/fd', location, writable: false, logger });
  expect(warnings).toEqual([expect.stringContaining('the proc file system at "/proc"')]);
});
