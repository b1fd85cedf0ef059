import { BlockIndex, blockState } from '../contracts/block-index.ts';
import type { BlockDigest } from '../contracts/blocks.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { CompressionMethod } from '../contracts/format.ts';
import type { BackupStore, BlobInfo } from '../contracts/store.ts';
import { BackupError, isBackupError } from '../errors.ts';

/** How many blocks are looked at to learn the pool's method; a pool keeps one, so a few suffice. */
const sampledBlocksMax = 8;
/** Every method can be told by its first bytes. */
const magicBytes = 16;

export interface MethodWish {
  /** Asked for in so many words: refused where the pool has another, unless `mix`. */
  readonly explicit?: CompressionMethod | undefined;
  /** Taken for a pool that is empty. */
  readonly fallback: CompressionMethod;
  readonly mix?: boolean | undefined;
}

export interface Pool {
  readonly index: BlockIndex;
  readonly method: CompressionMethod;
}

/** Every block blob of a store, each once. Throws rather than show fewer. */
export async function* listBlocks(
  store: BackupStore,
  context: OperationContext,
): AsyncGenerator<{ readonly digest: BlockDigest; readonly listed: BlobInfo }> {
  for await (const listed of store.list(context.format.blocksPrefix, context)) {
    const digest = context.format.parseBlockKey(listed.key);
    if (digest !== undefined) yield { digest, listed };
  }
}

/** Lists the pool once, with room for `newBlocksMax` more, and settles on the method to write with. */
export async function surveyPool(
  store: BackupStore,
  newBlocksMax: number,
  wish: MethodWish,
  context: OperationContext,
): Promise<Pool> {
  context.onProgress?.({ phase: 'listing', doneBytes: 0 });
  const known: { digest: BlockDigest; listed: BlobInfo }[] = [];
  for await (const block of listBlocks(store, context)) known.push(block);
  const index = BlockIndex.withRoomFor(known.length + newBlocksMax);
  for (const { digest, listed } of known) {
    const proven = context.memory?.isProven(digest, listed) === true;
    index.add(digest, listed.sizeBytes, proven ? blockState.proven : blockState.listed);
  }
  return {
    index,
    method: await chooseMethod(
      store,
      known.map(({ listed }) => listed),
      wish,
      context,
    ),
  };
}

/** All images of a store share its blocks, and Longhorn reads a block by its image's method: so the pool's method wins. */
async function chooseMethod(
  store: BackupStore,
  blocks: readonly BlobInfo[],
  wish: MethodWish,
  context: OperationContext,
): Promise<CompressionMethod> {
  const found = await sampleMethods(store, blocks, context);
  const wanted = wish.explicit ?? wish.fallback;
  const [usual] = [...found].sort((a, b) => b[1] - a[1]).map(([method]) => method);
  if (usual === undefined || usual === wanted) return wanted;
  if (found.size > 1)
    context.logger.warn(`the blocks of ${store.location} are packed in several ways: ${[...found.keys()].join(', ')}`);
  if (wish.explicit === undefined) return usual;
  if (wish.mix === true) return wish.explicit;
  throw new BackupError(
    'USAGE_INVALID',
    `The blocks of ${store.location} are packed with ${usual}, and ${wish.explicit} was asked for: Longhorn could not read a mix`,
    {
      remedy: `Leave --compression out to use ${usual}, or add --mix-compression if only Hayloft will read this store.`,
    },
  );
}

async function sampleMethods(
  store: BackupStore,
  blocks: readonly BlobInfo[],
  context: OperationContext,
): Promise<Map<CompressionMethod, number>> {
  const found = new Map<CompressionMethod, number>();
  const candidates = blocks.filter(({ sizeBytes }) => sizeBytes >= magicBytes);
  const step = Math.max(1, Math.floor(candidates.length / sampledBlocksMax));
  for (let i = 0; i < candidates.length && i < step * sampledBlocksMax; i += step) {
    try {
      const range = { offset: 0, length: magicBytes };
      const method = context.format.methodOf(await store.get(candidates[i]!.key, { signal: context.signal, range }));
      found.set(method, (found.get(method) ?? 0) + 1);
    } catch (error) {
      if (!isBackupError(error, 'BLOB_NOT_FOUND', 'RANGE_INVALID')) throw error;
    }
  }
  return found;
}

/** Remembers, for later runs of this machine, the blocks that this run wrote or proved, as the store lists them now. */
export async function rememberProven(store: BackupStore, index: BlockIndex, context: OperationContext): Promise<void> {
  if (context.memory === undefined) return;
  const blocks: { digest: BlockDigest; listed: BlobInfo }[] = [];
  for await (const block of listBlocks(store, context)) {
    const { state, sizeBytes } = index.get(block.digest);
    const ours = state === blockState.written || state === blockState.proven;
    if (ours && sizeBytes === block.listed.sizeBytes) blocks.push(block);
  }
  await context.memory.rememberProven(blocks);
}
