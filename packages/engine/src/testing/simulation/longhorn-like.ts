import type { SampleImage } from '../../conformance/sample-image.ts';
import { BlockMap } from '../../contracts/blocks.ts';
import type { Clock } from '../../contracts/context.ts';
import type { BackupConfig, BackupFormat, LockRecord, LockType } from '../../contracts/format.ts';
import type { BackupStore, BlobInfo } from '../../contracts/store.ts';
import { isBackupError } from '../../errors.ts';

/** What a program that follows Longhorn's protocol is given: its own store connection, its own clock. */
export interface LonghornLike {
  readonly store: BackupStore;
  readonly clock: Clock;
  readonly format: BackupFormat;
  /** Of its lock. */
  readonly name: string;
}

const { signal } = new AbortController();

/** Announces a lock, waits, looks once, and acquires or gives up; refreshes until `work` ends. As Longhorn's library does. */
export async function asLonghorn(
  program: LonghornLike,
  type: LockType,
  work: () => Promise<void>,
): Promise<'done' | 'locked'> {
  const { store, clock, format, name } = program;
  const key = format.lock.key(name);
  const write = (acquired: boolean): Promise<void> =>
    store.put(key, format.lock.encode({ name, type, acquired }), { signal });

  await write(false);
  await clock.sleep(format.lock.settleMs, { signal });
  if (!(await mayAcquire(program, type))) {
    await store.delete(key, { signal });
    return 'locked';
  }
  await write(true);
  const stop = new AbortController();
  const refreshing = (async () => {
    for (;;) {
      await clock.sleep(format.lock.refreshMs, stop);
      await write(true);
    }
  })().catch(() => {});
  try {
    await work();
  } finally {
    stop.abort();
    await refreshing;
    await store.delete(key, { signal });
  }
  return 'done';
}

/** No live lock of another type goes before mine. The age is my own clock's reading against the store's time. */
async function mayAcquire({ store, clock, format, name }: LonghornLike, type: LockType): Promise<boolean> {
  const mine = await store.stat(format.lock.key(name), { signal });
  for await (const info of store.list(format.lock.prefix, { signal })) {
    const record = await readLock(store, format, info);
    if (record === undefined || record.type === type) continue;
    if (clock.now() - info.modifiedAt.getTime() > format.lock.expiresMs) continue;
    const [theirs, own] = [info.modifiedAt.getTime(), mine.modifiedAt.getTime()];
    if (record.acquired || theirs < own || (theirs === own && record.name < name)) return false;
  }
  return true;
}

async function readLock(store: BackupStore, format: BackupFormat, info: BlobInfo): Promise<LockRecord | undefined> {
  try {
    return format.lock.decode(await store.get(info.key, { signal }), info.key);
  } catch (error) {
    if (isBackupError(error)) return undefined; // Longhorn skips what it cannot read
    throw error;
  }
}

/** Config in progress, then each block that is not there, then the complete config. Whatever stands is taken as it is. */
export async function backUpAsLonghorn(
  { store, format }: LonghornLike,
  name: string,
  image: SampleImage,
  stopAfterBlocks = Infinity,
): Promise<void> {
  const key = format.configKey(name);
  if (await isThere(store, key)) return;
  const blocks = new BlockMap(image.bytes.length, format.blockSizeBytes);
  const config: BackupConfig = {
    name,
    sizeBytes: image.bytes.length,
    checksum: image.checksum,
    labels: undefined,
    compression: format.methods[0]!,
    createdAt: '2030-01-01T00:00:00Z',
    completedAt: '',
    secret: '',
    secretNamespace: '',
    blocks,
  };
  await store.put(key, format.encodeConfig(config), { signal });
  let written = 0;
  for (const [index, window] of image.windows.entries()) {
    if (image.plan[index] === '.') continue; // a hole; zeros that are allocated are stored
    const digest = format.digest(window);
    if (!(await isThere(store, format.blockKey(digest)))) {
      if (written++ >= stopAfterBlocks) return;
      await store.put(format.blockKey(digest), await format.encodeBlock(config.compression, window), { signal });
    }
    blocks.set(index, digest);
  }
  await store.put(key, format.encodeConfig({ ...config, completedAt: '2030-01-01T00:00:01Z' }), { signal });
}

/** Deletes a config and every block that no config names; gives up when a config is unreadable, in progress, or new. */
export async function removeAsLonghorn({ store, format }: LonghornLike, name: string): Promise<void> {
  await store.delete(format.configKey(name), { signal });
  const blocks: string[] = [];
  for await (const { key } of store.list(format.blocksPrefix, { signal })) blocks.push(key);
  const names = await configNames(store, format);
  const needed = new Set<string>();
  for (const other of names) {
    try {
      const config = format.decodeConfig(await store.get(format.configKey(other), { signal }), other);
      if (config.completedAt === '') return;
      for (const { digest } of config.blocks.entries()) needed.add(format.blockKey(digest));
    } catch (error) {
      if (isBackupError(error)) return;
      throw error;
    }
  }
  if ((await configNames(store, format)).join() !== names.join()) return;
  for (const key of blocks) if (!needed.has(key)) await store.delete(key, { signal });
}

async function isThere(store: BackupStore, key: string): Promise<boolean> {
  try {
    await store.stat(key, { signal });
    return true;
  } catch (error) {
    if (isBackupError(error, 'BLOB_NOT_FOUND')) return false;
    throw error;
  }
}

async function configNames(store: BackupStore, format: BackupFormat): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of store.list(format.configsPrefix, { signal })) {
    const name = format.parseConfigKey(key);
    if (name !== undefined) names.push(name);
  }
  return names.sort();
}
