import { blockState } from '../contracts/block-index.ts';
import type { BlockIndex } from '../contracts/block-index.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupConfig } from '../contracts/format.ts';
import type { BackupStore } from '../contracts/store.ts';
import { zeroDigests } from './same-image.ts';

/**
 * Stores the blocks of zeros that a config names and the pool lacks. Longhorn lists zeros that are allocated; Hayloft
 * takes them for holes, so healing such a backup must put them back on its own.
 */
export async function storeZeroBlocks(
  store: BackupStore,
  config: BackupConfig,
  index: BlockIndex,
  context: OperationContext,
): Promise<void> {
  const { format, signal } = context;
  const zero = zeroDigests(config.blocks, format);
  const done = new Set<string>();
  for (const { index: window, digest } of config.blocks.entries()) {
    if (digest !== zero(window) || done.has(digest)) continue;
    done.add(digest);
    const length = config.blocks.lengthAt(window);
    const { min, max } = format.packedSizeBounds(config.compression, length);
    const { state, sizeBytes } = index.get(digest);
    if (state !== blockState.absent && sizeBytes >= min && sizeBytes <= max) continue;
    await store.put(format.blockKey(digest), await format.encodeBlock(config.compression, new Uint8Array(length)), {
      signal,
    });
  }
}
