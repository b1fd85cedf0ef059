import { spawn } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BlockMap } from '@hayloft/engine';
import type { BackupConfig, BlobKey, CompressionMethod } from '@hayloft/engine';
import {
  buildImage,
  buildLonghornPeer,
  imageShapes,
  peerUnavailable,
  runLonghornPeer,
} from '@hayloft/tool-longhorn-peer';
import { backupUrl } from './backup-url.ts';
import { blockDigest, compressionMethods, decodeBlockSync, encodeBlockSync } from './block-codec.ts';
import { blockSizeBytes } from './block-size.ts';
import { decodeConfig } from './config-decode.ts';
import { encodeConfig } from './config-encode.ts';
import { goJsonMap } from './go-json.ts';
import { blockKey, configKey, lockKey, locksPrefix } from './layout.ts';
import { lockFormat } from './lock-codec.ts';

// Longhorn's own library, as a program: what one side writes, the other must read.
const missing = peerUnavailable();
if (missing !== undefined) console.warn(`skipped: ${missing}`);
const peerTest = missing === undefined ? test : test.skip;

/** The library waits 2 s for each of its locks, and the cores are shared. */
const timeoutMs = 120_000;

const work = mkdtempSync(join(tmpdir(), 'hayloft-longhorn-peer-'));
afterAll(() => rmSync(work, { recursive: true }));

beforeAll(async () => {
  if (missing === undefined) await buildLonghornPeer();
}, 600_000);

const target = (store: string): string => `vfs://${store}/`;

function put(store: string, key: BlobKey, bytes: Uint8Array): void {
  mkdirSync(dirname(join(store, key)), { recursive: true });
  writeFileSync(join(store, key), bytes);
}

/** The config of an image, its blocks of zeros left out or not. */
function configOf(name: string, image: Uint8Array, keepZeros: boolean, method: CompressionMethod): BackupConfig {
  const blocks = new BlockMap(image.length, blockSizeBytes);
  for (let index = 0; index < blocks.count; index++) {
    const window = windowOf(image, index);
    if (keepZeros || window.some((byte) => byte !== 0)) blocks.set(index, blockDigest(window));
  }
  return {
    name,
    sizeBytes: image.length,
    checksum: createHash('sha512').update(image).digest('hex'),
    labels: { 'a<b>': '\u2028 é & "c"' },
    compression: method,
    createdAt: '2026-01-02T03:04:05Z',
    completedAt: '2026-01-02T03:04:06Z',
    secret: 'luks-key',
    secretNamespace: 'vms',
    blocks,
  };
}

const windowOf = (image: Uint8Array, index: number): Uint8Array =>
  image.subarray(index * blockSizeBytes, (index + 1) * blockSizeBytes);

function backUp(store: string, config: BackupConfig, image: Uint8Array): void {
  for (const { index, digest } of config.blocks.entries()) {
    put(store, blockKey(digest), encodeBlockSync(config.compression, windowOf(image, index)));
  }
  put(store, configKey(config.name), encodeConfig(config));
}

/** Data of every degree of disorder, a window each, with a short tail. Alike in every run. */
function disorder(): Uint8Array {
  const plain = Buffer.alloc(4 * blockSizeBytes + 12_800);
  const image = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16)).update(plain);
  for (const [index, mask] of [0x00, 0x03, 0x0f, 0x3f].entries()) {
    const window = windowOf(image, index);
    for (let i = 0; i < window.length; i++) window[i]! &= mask;
  }
  return image;
}

const images = [
  ...imageShapes.map((shape) => ({ name: shape.name, image: buildImage(shape), keepZeros: shape.mapping === 'dense' })),
  { name: 'disorder', image: disorder(), keepZeros: true },
];

peerTest.each(compressionMethods)(
  '%s: Longhorn restores every image as we back it up',
  async (method) => {
    const restores = images.map(async ({ name, image, keepZeros }) => {
      // A store each: on a file system the library's locks trip over each other.
      const store = join(work, `ours-${method}-${name}`);
      backUp(store, configOf(name, image, keepZeros, method), image);
      const file = join(work, `${method}-${name}.img`);

      const { exitCode, output } = await runLonghornPeer(['restore', backupUrl(target(store), name), file, '2']);

      const same = exitCode === 0 && Buffer.compare(readFileSync(file), image) === 0;
      return { name, same, output: same ? [] : output };
    });
    for (const result of await Promise.all(restores)) expect(result).toEqual({ ...result, same: true, output: [] });
  },
  timeoutMs,
);

peerTest.each(compressionMethods)(
  '%s: we read the backup that Longhorn makes',
  async (method) => {
    const store = join(work, `theirs-${method}`);
    const file = join(work, `theirs-${method}.img`);
    const image = disorder();
    mkdirSync(store);
    writeFileSync(file, image);
    const { output } = await runLonghornPeer(['backup', '-label', 'k=<v>', file, 'theirs', target(store), method, '2']);
    expect(output).toMatchObject([{ url: backupUrl(target(store), 'theirs') }]);

    const written = readFileSync(join(store, configKey('theirs')));
    const config = decodeConfig(written, 'theirs');

    expect(Buffer.from(encodeConfig(config))).toEqual(written);
    expect(config.labels).toEqual({ k: '<v>' });
    const joined = new Uint8Array(config.sizeBytes);
    for (const { offset, digest } of config.blocks.entries()) {
      joined.set(decodeBlockSync(method, readFileSync(join(store, blockKey(digest))), digest), offset);
    }
    expect(Buffer.compare(joined, image)).toBe(0);
  },
  timeoutMs,
);

peerTest(
  'Longhorn shows our backup as it is, and one in progress as that',
  async () => {
    const store = join(work, 'inspected');
    const image = new Uint8Array(512).fill(1);
    const config = configOf('shown', image, true, 'gzip');
    backUp(store, config, image);
    put(store, configKey('begun'), encodeConfig({ ...config, name: 'begun', completedAt: '' }));

    const [shown, begun, names] = await Promise.all([
      runLonghornPeer(['inspect', backupUrl(target(store), 'shown')]),
      runLonghornPeer(['inspect', backupUrl(target(store), 'begun')]),
      runLonghornPeer(['list', target(store)]),
    ]);

    expect(shown.output).toEqual([
      {
        Name: 'shown',
        URL: backupUrl(target(store), 'shown'),
        CompleteAt: config.completedAt,
        Size: '512',
        Checksum: config.checksum,
        Labels: config.labels,
        CompressionMethod: 'gzip',
        Secret: 'luks-key',
        SecretNamespace: 'vms',
      },
    ]);
    expect(begun.output).toEqual([{ error: 'backup backing image begun is still in progress' }]);
    expect(names.output).toEqual([{ names: ['begun', 'shown'] }]);
  },
  timeoutMs,
);

peerTest(
  'Longhorn respects our lock, and we read its',
  async () => {
    const store = join(work, 'locked');
    mkdirSync(store);
    const theirs = spawn(await buildLonghornPeer(), ['lock', target(store), 'backup']);
    await once(theirs.stdout, 'data');
    const [file = ''] = readdirSync(join(store, locksPrefix));
    const record = lockFormat.decode(readFileSync(join(store, locksPrefix, file)), `${locksPrefix}${file}`);
    theirs.stdin.end();
    await once(theirs, 'close');
    expect(record).toMatchObject({ type: 'backup', acquired: true });

    const ours = { name: 'lock-0123456789abcdef', type: 'deletion', acquired: true } as const;
    put(store, lockKey(ours.name), lockFormat.encode(ours));
    // Not at once: in Longhorn a contender that will be refused holds up later ones of the other type until it has gone.
    const other = await runLonghornPeer(['lock', target(store), 'backup']);
    const same = await runLonghornPeer(['lock', target(store), 'deletion']);
    expect(other.output).toEqual([{ error: expect.stringContaining('failed to acquire lock') }]);
    expect(same.exitCode).toBe(0);
  },
  timeoutMs,
);

peerTest(
  'our JSON is Go’s, byte for byte',
  async () => {
    const awkward = fc.constantFrom(
      ...'<>&\u2028\u2029"\\\b\f\n\r\t\u0000\u001f\u007f\u0080\ufffd\uffff',
      '\u{10000}',
      '😀',
    );
    const text = fc.string({ unit: fc.oneof(awkward, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })) });
    const maps = fc.sample(fc.dictionary(text, text), { seed: 20260821, numRuns: 400 });
    const base64 = (value: string): string => Buffer.from(value).toString('base64');
    const stdin = JSON.stringify(
      maps.map((map) => Object.entries(map).map(([key, value]) => [base64(key), base64(value)])),
    );

    const { output } = await runLonghornPeer(['json'], { stdin });

    expect(output).toEqual([{ encoded: maps.map((map) => base64(goJsonMap(map))) }]);
  },
  timeoutMs,
);
