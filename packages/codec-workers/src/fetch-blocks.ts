import { read } from 'node:fs';
import { promisify } from 'node:util';
import { BackupError } from '@hayloft/engine';
import type { BackupStore, BlockMap, BlockProblem } from '@hayloft/engine';
import { fileError } from '@hayloft/directory-store';
import { blockDigest, blockKey } from '@hayloft/longhorn-format';
import { judgeProblem, problemError } from './block-problem.ts';
import type { JoinedWindow } from './block-problem.ts';
import type { Crew } from './crew.ts';
import type { OpenFile } from './messages.ts';
import { fetchedAs, packedBytesMax, slotWord } from './ring-layout.ts';
import type { Ring } from './ring.ts';

export interface Fetching {
  readonly ring: Ring;
  readonly crew: Crew;
  readonly store: BackupStore;
  readonly blocks: BlockMap;
  /** Window of each ordinal. */
  readonly windows: Uint32Array;
  readonly subject: string;
  /** A file whose windows need not be fetched where they match already. */
  readonly resumed: OpenFile | undefined;
  readonly onProblem: ((problem: BlockProblem) => void) | undefined;
  /** Store calls under way at once. */
  readonly concurrency: number;
}

/**
 * Fetches the blocks of a store that only the main thread can reach into the ring, in order, several at a time.
 * Resolves to the packed bytes that were fetched; rejects only after every call under way has ended.
 */
export async function fetchBlocks(fetching: Fetching): Promise<number> {
  const { ring, crew, windows, concurrency } = fetching;
  const underWay = new Set<Promise<void>>();
  let bytesFetched = 0;
  try {
    for (let ordinal = 0; ordinal < windows.length; ordinal++) {
      while (underWay.size >= concurrency) await Promise.race(underWay);
      await ring.untilFree(ordinal, crew.signal);
      const running = fetchOne(fetching, ordinal)
        .then((bytes) => void (bytesFetched += bytes))
        .catch((error: unknown) => crew.fail(error))
        .finally(() => underWay.delete(running));
      underWay.add(running);
    }
  } finally {
    await Promise.all(underWay);
  }
  return bytesFetched;
}

/** Brings one block into its slot; returns its packed length, 0 where nothing had to be fetched. */
async function fetchOne(fetching: Fetching, ordinal: number): Promise<number> {
  const { ring, crew, store, blocks, subject, onProblem } = fetching;
  const index = fetching.windows[ordinal]!;
  const window = { index, offset: index * blocks.blockSizeBytes, digest: blocks.at(index)!, subject };
  const slot = ring.slot(ordinal);
  const post = (packed: number): void => {
    Atomics.store(ring.words, ring.wordOf(slotWord.packed, ordinal), packed);
    ring.post(ring.wordOf(slotWord.fetched, ordinal), ordinal + 1);
  };

  if (await isInFile(fetching, window, slot.subarray(0, blocks.lengthAt(index)))) {
    post(fetchedAs.plain);
    return 0;
  }
  try {
    const packed = await store.get(blockKey(window.digest), { signal: crew.signal });
    if (packed.length > packedBytesMax) throw tooLong(packed.length);
    slot.set(packed);
    post(packed.length);
    return packed.length;
  } catch (error) {
    crew.signal.throwIfAborted();
    const problem = judgeProblem(error, window);
    if (onProblem === undefined) throw problemError(problem, window, error);
    onProblem(problem);
    post(fetchedAs.problem);
    return 0;
  }
}

async function isInFile({ resumed }: Fetching, { digest, offset }: JoinedWindow, bytes: Uint8Array): Promise<boolean> {
  if (resumed === undefined) return false;
  try {
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await promisify(read)(resumed.fd, bytes, done, bytes.length - done, offset + done);
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    return blockDigest(bytes) === digest;
  } catch (error) {
    throw fileError(error, `cannot read "${resumed.name}" at byte ${offset}`);
  }
}

function tooLong(length: number): BackupError {
  return new BackupError('DATA_CORRUPT', `it has ${length} bytes, more than any packed block`, {
    remedy: 'Run "hayloft backup repair".',
  });
}
