import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { BlockMap } from '@hayloft/engine';
import { buildImage, imageShapes } from '@hayloft/tool-longhorn-peer';
import { blockDigest, compressionMethods, decodeBlockSync, methodOf } from './block-codec.ts';
import { blockSizeBytes } from './block-size.ts';
import { decodeConfig } from './config-decode.ts';
import { encodeConfig } from './config-encode.ts';
import { goldenStore } from './golden-store.ts';
import { blockKey, configKey, parseBlockKey, parseConfigKey } from './layout.ts';
import { packedSizeBounds } from './packed-size.ts';

const cases = compressionMethods.flatMap((method) => imageShapes.map((shape) => ({ method, name: shape.name, shape })));

test.each(cases)('$method, $name: the config is read, and written again byte for byte', ({ method, shape }) => {
  const written = goldenStore(method).get(configKey(shape.name))!;

  const config = decodeConfig(written, shape.name);

  expect(Buffer.from(encodeConfig(config)).toString()).toBe(Buffer.from(written).toString());
  expect(config).toMatchObject({
    sizeBytes: buildImage(shape).length,
    labels: shape.labels,
    compression: method,
    createdAt: '2026-01-02T03:04:05Z',
    completedAt: shape.interrupted ? '' : expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    secret: shape.secret ?? '',
    secretNamespace: shape.secretNamespace ?? '',
  });
});

test.each(cases.filter(({ shape }) => !shape.interrupted))(
  '$method, $name: the blocks make up the image',
  ({ method, shape }) => {
    const store = goldenStore(method);
    const image = buildImage(shape);
    const config = decodeConfig(store.get(configKey(shape.name))!, shape.name);

    const joined = new Uint8Array(config.sizeBytes);
    for (const { index, offset, digest } of config.blocks.entries()) {
      const plain = decodeBlockSync(method, store.get(blockKey(digest))!, digest);
      expect(plain.length).toBe(config.blocks.lengthAt(index));
      joined.set(plain, offset);
    }

    expect(Buffer.compare(joined, image)).toBe(0);
    expect(createHash('sha512').update(joined).digest('hex')).toBe(config.checksum);
  },
);

test.each(cases.filter(({ shape }) => !shape.interrupted))(
  '$method, $name: our names for the blocks are those of Longhorn',
  ({ method, shape }) => {
    const image = buildImage(shape);
    const listed = decodeConfig(goldenStore(method).get(configKey(shape.name))!, shape.name).blocks;

    const ours = new BlockMap(image.length, blockSizeBytes);
    for (let index = 0; index < ours.count; index++) {
      const offset = index * blockSizeBytes;
      if (!listed.isHole(index)) ours.set(index, blockDigest(image.subarray(offset, offset + ours.lengthAt(index))));
    }

    expect(ours).toEqual(listed);
  },
);

test.each(compressionMethods)('%s: every file of the store is known by its key, its magic and its size', (method) => {
  const lengths = new Map<string, number>();
  for (const shape of imageShapes) {
    const { blocks } = decodeConfig(goldenStore(method).get(configKey(shape.name))!, shape.name);
    for (const { index, digest } of blocks.entries()) lengths.set(digest, blocks.lengthAt(index));
  }
  for (const [key, bytes] of goldenStore(method)) {
    const digest = parseBlockKey(key);
    expect(digest ?? parseConfigKey(key)).toBeDefined();
    if (digest === undefined) continue;
    expect(methodOf(bytes)).toBe(method);
    const { min, max } = packedSizeBounds(method, lengths.get(digest)!);
    expect(bytes.length).toBeGreaterThanOrEqual(min);
    expect(bytes.length).toBeLessThanOrEqual(max);
  }
});
