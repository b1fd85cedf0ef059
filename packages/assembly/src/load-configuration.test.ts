import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isBackupError } from '@hayloft/engine';
import { findTarget } from './find-target.ts';
import { loadConfiguration } from './load-configuration.ts';
import type { ConfigurationRequest } from './load-configuration.ts';
import { placesOf } from './places.ts';
import { showConfiguration } from './show-configuration.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hayloft-configuration-'));
  mkdirSync(join(folder, 'config/hayloft'), { recursive: true });
  mkdirSync(join(folder, 'work'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const request = (more: Partial<ConfigurationRequest> = {}): ConfigurationRequest => {
  const environment = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), ...more.environment };
  return { places: placesOf(environment), workingDirectory: join(folder, 'work'), ...more, environment };
};
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('the file is the first of --config, HAYLOFT_CONFIG, ./hayloft.yaml and the user’s; flags and environment win', async () => {
  expect((await loadConfiguration(request())).disk).toBe(join(folder, '.local/share/hayloft/disk'));
  write('config/hayloft/hayloft.yaml', 'disk: user');
  expect((await loadConfiguration(request())).disk).toBe(join(folder, 'config/hayloft/user'));
  write('work/hayloft.yaml', 'disk: here');
  expect((await loadConfiguration(request())).disk).toBe(join(folder, 'work/here'));
  const named = write('named.yaml', 'disk: /named');
  const environment = { HAYLOFT_CONFIG: named };
  expect((await loadConfiguration(request({ environment }))).disk).toBe('/named');
  expect((await loadConfiguration(request({ environment, file: 'hayloft.yaml' }))).disk).toBe(
    join(folder, 'work/here'),
  );
  expect((await loadConfiguration(request({ environment: { HAYLOFT_DISK: '/env' } }))).disk).toBe('/env');
  expect((await loadConfiguration(request({ environment: { HAYLOFT_DISK: '/env' }, disk: 'flag' }))).disk).toBe(
    join(folder, 'work/flag'),
  );
});

test('every setting is shown with the place it came from, secrets masked', async () => {
  write(
    'work/hayloft.yaml',
    `disk: d
targets:
  nas: { url: "nfs://nas:/backups", mountedAt: /mnt, credentials: { file: keys } }
downloads:
  proxy: http://me:hush@proxy:3128
limits: { uploadBytesPerSecond: 50MiB }
`,
  );
  const places = request().places;
  const configuration = await loadConfiguration(request());
  const shown = showConfiguration({ configuration, places });
  const file = join(folder, 'work/hayloft.yaml');
  expect(shown).toEqual(
    expect.arrayContaining([
      { key: 'disk', value: join(folder, 'work/d'), origin: `${file}:1` },
      { key: 'targets.nas.url', value: 'nfs://nas:/backups', origin: `${file}:3` },
      { key: 'targets.nas.credentials', value: join(folder, 'work/keys'), origin: `${file}:3` },
      { key: 'downloads.proxy', value: 'http://[secret]@proxy:3128', origin: `${file}:5` },
      { key: 'limits.uploadBytesPerSecond', value: String(50 * 2 ** 20), origin: `${file}:6` },
      { key: 'compression', value: 'lz4', origin: 'default' },
    ]),
  );
  expect(JSON.stringify(shown)).not.toContain('hush');
});

test.each([
  ['disks: x', 'hayloft.yaml:1', 'Did you mean "disk"?'],
  ['targets:\n  a: { ulr: "file:///" }', 'hayloft.yaml:2', 'Did you mean "url"?'],
  ['targets:\n  a: { url: "file:///", credentials: { fil: x } }', 'hayloft.yaml:2', 'Did you mean "file"?'],
  ['targets: { a: {} }', 'needs either "url" or "plugin"', ''],
  ['targets: { a: { url: "s3://b/", options: {} } }', '"options" belong to a "plugin"', ''],
  ['compression: zstd', 'compression', ''],
  ['limits: { concurrency: 0 }', 'limits.concurrency', ''],
  ['limits: { uploadBytesPerSecond: -1 }', '"-1" is no size', ''],
  ['- a list', 'expected object', ''],
  ['a: b\na: c', 'hayloft.yaml:2', ''],
])('%j is refused with its place and the nearest key', async (text, says, remedy) => {
  write('work/hayloft.yaml', text);
  const error: unknown = await loadConfiguration(request()).catch((thrown: unknown) => thrown);
  if (!isBackupError(error, 'CONFIGURATION_INVALID')) throw error;
  expect([error.message, error.remedy]).toEqual([expect.stringContaining(says), expect.stringContaining(remedy)]);
});

test('a bare URL has the credentials of the configured target with that URL, with or without the last slash', async () => {
  write('work/hayloft.yaml', 'targets: { off: { url: "s3://b@r/x", credentials: { file: keys } } }');
  const assembly = { configuration: await loadConfiguration(request()), places: request().places };
  expect(findTarget('s3://b@r/x/', assembly)).toMatchObject({ name: 'off', credentials: { kind: 'file' } });
  expect(findTarget('s3://b@r/y/', assembly).credentials).toBeUndefined();
  expect(findTarget('default', assembly)).toMatchObject({
    place: { url: `file://${folder}/.local/share/hayloft/store/` },
  });
  expect(() => findTarget('of', assembly)).toThrow('There is no target "of"');
});
