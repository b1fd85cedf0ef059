import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, closeSync, ftruncateSync, writeSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDirectoryStore } from '@hayloft/directory-store';
import { BlockIndex, blockState } from '@hayloft/engine';
import type { BackupConfig, BackupStore, CompressionMethod, CutResult, CutStore, ImageSource } from '@hayloft/engine';
import { blockSizeBytes, longhornFormat } from '@hayloft/longhorn-format';

// What the tests of the ring share: sparse files of whole blocks, and stores over directories.

export const { signal } = new AbortController();
export const options = { signal, concurrency: 4 };

/** A temporary folder that goes away with `using`. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'hayloft-ring-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Bytes of a block named by a number: half noise, half not, so that every method has something to do. */
export function blockOf(seed: number): Uint8Array {
  const block = new Uint8Array(blockSizeBytes).fill(seed);
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  block.set(noise.update(block.subarray(0, blockSizeBytes / 2)));
  return block;
}

/** A file whose windows are `blocks`; undefined leaves a hole. `tailBytes` is the length of the last window. */
export function makeImage(
  path: string,
  blocks: readonly (Uint8Array | undefined)[],
  tailBytes = blockSizeBytes,
): { readonly source: ImageSource; readonly checksum: string; readonly sizeBytes: number } {
  const fd = openSync(path, 'w');
  const hash = createHash('sha512');
  const sizeBytes = (blocks.length - 1) * blockSizeBytes + tailBytes;
  ftruncateSync(fd, sizeBytes);
  for (const [window, block] of blocks.entries()) {
    const length = window === blocks.length - 1 ? tailBytes : blockSizeBytes;
    if (block !== undefined) writeSync(fd, block, 0, length, window * blockSizeBytes);
    hash.update((block ?? new Uint8Array(blockSizeBytes)).subarray(0, length));
  }
  closeSync(fd);
  return { source: fileSource(path, sizeBytes), checksum: hash.digest('hex'), sizeBytes };
}

export function fileSource(path: string, sizeBytes: number): ImageSource {
  return {
    description: path,
    sizeBytes,
    file: { path },
    extents: () => {
      throw new Error('a file is read by the workers');
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

export async function openDirectory(path: string): Promise<BackupStore> {
  mkdirSync(path, { recursive: true });
  return await createDirectoryStore({ path, location: `file://${path}/` });
}

/** What a listing knows of a store, as a cut wants it. */
export async function survey(store: BackupStore, method: CompressionMethod = 'lz4'): CutStore['ready'] {
  const index = BlockIndex.withRoomFor(1000);
  for await (const { key, sizeBytes } of store.list(longhornFormat.blocksPrefix, { signal })) {
    index.add(longhornFormat.parseBlockKey(key)!, sizeBytes, blockState.listed);
  }
  return { index, method };
}

export function configOf(cut: CutResult, compression: CompressionMethod = 'lz4'): BackupConfig {
  const names = { name: 'image', labels: undefined, secret: '', secretNamespace: '' };
  const times = { createdAt: '2030-01-01T00:00:00Z', completedAt: '2030-01-01T00:00:00Z' };
  const { sizeBytes, checksum, blocks } = cut;
  return { ...names, ...times, sizeBytes, checksum: checksum ?? '', compression, blocks };
}
