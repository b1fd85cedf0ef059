import type { MessagePort } from 'node:worker_threads';
import { digestFromBytes } from '@hayloft/engine';
import { readBlobSync } from '@hayloft/directory-store';
import { blockDigest, blockKey, blockSizeBytes } from '@hayloft/longhorn-format';
import { BlockPacking } from './block-packing.ts';
import { judgeProblem, notFound, problemError, WrongLength } from './block-problem.ts';
import type { JoinedWindow } from './block-problem.ts';
import { readUpTo, writeFully } from './file-bytes.ts';
import type { JoinTask, ThreadMessage } from './messages.ts';
import { fetchedAs, packedBytesMax, slotWord, total, word } from './ring-layout.ts';
import type { Ring } from './ring.ts';
import { isZero } from './zeros.ts';

/** A worker of a join: takes one window after the other, proves its block, and writes it where it belongs. */
export async function joinBlocks(ring: Ring, task: JoinTask, port: MessagePort): Promise<ThreadMessage> {
  const worker = new JoinWorker(ring, task, port);
  const windowCount = task.windows.byteLength / 4;
  for (;;) {
    const ordinal = Atomics.add(ring.words, word.next, 1);
    if (ordinal >= windowCount) break;
    worker.take(ordinal);
    // Buffers that zlib made are freed only when the event loop turns.
    if (task.method === 'gzip') await new Promise((resolve) => setImmediate(resolve));
  }
  return { kind: 'joined', bytesFetched: worker.bytesFetched };
}

class JoinWorker {
  bytesFetched = 0;
  readonly #ring: Ring;
  readonly #task: JoinTask;
  readonly #port: MessagePort;
  readonly #packing: BlockPacking;
  readonly #windows: Uint32Array;
  readonly #digests: Uint8Array;

  constructor(ring: Ring, task: JoinTask, port: MessagePort) {
    this.#ring = ring;
    this.#task = task;
    this.#port = port;
    this.#packing = new BlockPacking(ring, task.worker);
    this.#windows = new Uint32Array(task.windows);
    this.#digests = new Uint8Array(task.digests);
  }

  take(ordinal: number): void {
    const ring = this.#ring;
    const index = this.#windows[ordinal]!;
    const offset = index * blockSizeBytes;
    const length = Math.min(blockSizeBytes, this.#task.sizeBytes - offset);
    const digest = digestFromBytes(this.#digests, index * 32);
    const window: JoinedWindow = { index, offset, digest, subject: this.#task.subject };

    const brought =
      this.#task.directory === undefined
        ? this.#takeFetched(ordinal, window, length)
        : this.#read(this.#task.directory, ordinal, window, length);
    const plain = this.#packing.view(brought.address, length);
    const { target, hasFollowers, resume } = this.#task;
    // What is zero is a hole in a new file; in one that is resumed, something else may stand there.
    if (target !== undefined && !brought.isKept && (resume || !isZero(plain))) {
      ring.throwIfFailed();
      writeFully(target, plain, offset);
    }
    if (hasFollowers) {
      if (brought.address !== ring.address(ordinal)) ring.bytes.set(plain, ring.address(ordinal));
      ring.announce(ordinal, index, length);
    }
    ring.addTotal(total.done, offset + length - this.#endBefore(ordinal));
    ring.release(ordinal);
  }

  /** From a directory: read to the worker's scratch, unpacked to the slot. */
  #read(directory: string, ordinal: number, window: JoinedWindow, length: number): Brought {
    const ring = this.#ring;
    ring.waitForFree(ordinal);
    const address = ring.address(ordinal);
    if (this.#isInTarget(address, window, length)) return { address, isKept: true };
    return this.#prove(address, window, length, () => {
      const { packed } = this.#packing.scratch;
      const found = readBlobSync(directory, blockKey(window.digest), this.#packing.view(packed, packedBytesMax));
      if (found < 0) throw notFound();
      this.bytesFetched += found;
      return { source: packed, length: found };
    });
  }

  /** Fetched by the main thread into the slot: unpacked to the worker's scratch. */
  #takeFetched(ordinal: number, window: JoinedWindow, length: number): Brought {
    const ring = this.#ring;
    ring.waitFor(ring.wordOf(slotWord.fetched, ordinal), ordinal + 1);
    const address = ring.address(ordinal);
    const packed = Atomics.load(ring.words, ring.wordOf(slotWord.packed, ordinal));
    if (packed === fetchedAs.plain) return { address, isKept: true };
    if (packed === fetchedAs.problem) {
      ring.bytes.fill(0, address, address + length);
      return { address, isKept: false };
    }
    return this.#prove(this.#packing.scratch.plain, window, length, () => ({ source: address, length: packed }));
  }

  /** Unpacks a block to `target`; what cannot be proven is reported and counts as zeros, or ends the job. */
  #prove(
    target: number,
    window: JoinedWindow,
    length: number,
    fetch: () => { readonly source: number; readonly length: number },
  ): Brought {
    try {
      const found = this.#packing.unpack(this.#task.method, window.digest, { ...fetch(), target });
      if (found !== length) throw new WrongLength(found, length);
    } catch (error) {
      // STORE_INVALID of a file in the store's own folder: it is longer than any block, or no file at all.
      const problem = judgeProblem(error, window, ['DATA_CORRUPT', 'STORE_INVALID']);
      if (!this.#task.reportProblems) throw problemError(problem, window, error);
      this.#port.postMessage({ kind: 'problem', problem } satisfies ThreadMessage);
      this.#ring.bytes.fill(0, target, target + length);
    }
    return { address: target, isKept: false };
  }

  /** Does the target hold this window already, from a run before? Leaves it at `address` if so. */
  #isInTarget(address: number, { offset, digest }: JoinedWindow, length: number): boolean {
    const { resume, target } = this.#task;
    if (!resume || target === undefined) return false;
    const bytes = this.#packing.view(address, length);
    return readUpTo(target, bytes, offset) === length && blockDigest(bytes) === digest;
  }

  #endBefore(ordinal: number): number {
    return ordinal === 0 ? 0 : (this.#windows[ordinal - 1]! + 1) * blockSizeBytes;
  }
}

/** A window's plain bytes. */
interface Brought {
  readonly address: number;
  /** They stand in the target already. */
  readonly isKept: boolean;
}
