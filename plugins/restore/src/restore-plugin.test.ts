import { beforeEach, expect, test } from '@jest/globals';
import { BlockMap, silentLogger, type BackupConfig, type BackupStore } from '@hayloft/engine';
import { createMemoryStore, createPlainFormat } from '@hayloft/engine/testing';
import { restorePlugin } from './restore-plugin.ts';

const { signal } = new AbortController();
const format = createPlainFormat({ blockSizeBytes: 64 });
const image = Buffer.concat([Buffer.alloc(64, 1), Buffer.alloc(64), Buffer.alloc(10, 2)]);
let store: BackupStore;
let config: BackupConfig;

beforeEach(async () => {
  store = createMemoryStore();
  const blocks = new BlockMap(image.length, 64);
  for (const index of [0, 2]) {
    const plain = image.subarray(index * 64, index * 64 + 64);
    blocks.set(index, format.digest(plain));
    await store.put(format.blockKey(format.digest(plain)), await format.encodeBlock('none', plain), { signal });
  }
  config = {
    name: 'parrot',
    sizeBytes: image.length,
    checksum: 'a'.repeat(128),
    labels: undefined,
    compression: 'none',
    createdAt: '2026-01-02T03:04:05Z',
    completedAt: '2026-01-02T03:04:05Z',
    secret: '',
    secretNamespace: '',
    blocks,
  };
});

const open = () =>
  restorePlugin.open(restorePlugin.options.parse({ store, config, format }), {
    signal,
    logger: silentLogger,
    credentials: new Map(),
  });

async function read(): Promise<Buffer> {
  const parts: Buffer[] = [];
  await using source = await open();
  for await (const extent of source.extents({ signal })) {
    parts.push(extent.kind === 'hole' ? Buffer.alloc(extent.length) : Buffer.from(extent.bytes));
  }
  return Buffer.concat(parts);
}

test('a backup gives its image, hole and short tail included, and carries its own record', async () => {
  expect((await read()).equals(image)).toBe(true);
  expect(await open()).toMatchObject({ sizeBytes: 138, checksum: config.checksum, backup: { store, config } });
});

test('a checksum that is none is not promised', async () => {
  config = { ...config, checksum: 'unknown' };
  expect((await open()).checksum).toBeUndefined();
});

test('a missing block, a damaged one and one of another length each have their code', async () => {
  const key = format.blockKey(config.blocks.at(2)!);
  const sound = await store.get(key, { signal });
  await store.put(key, Buffer.from('not a block'), { signal });
  await expect(read()).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
  await store.delete(key, { signal });
  await expect(read()).rejects.toMatchObject({ code: 'BLOCK_MISSING' });
  await store.put(key, sound, { signal });
  config.blocks.set(0, config.blocks.at(2));
  await expect(read()).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
});

test('a backup that is not complete is no source', () => {
  const unfinished = { store, config: { ...config, completedAt: '' }, format };
  expect(() => restorePlugin.options.parse(unfinished)).toThrow(expect.objectContaining({ code: 'BACKUP_INCOMPLETE' }));
});

test('options without live objects are refused', () => {
  for (const options of [undefined, {}, { store: {}, config, format }, { store, format }]) {
    expect(() => restorePlugin.options.parse(options)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  }
});
