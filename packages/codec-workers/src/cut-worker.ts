import { receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { BackupError, digestToBytes } from '@hayloft/engine';
import { blockDigest, blockSizeBytes } from '@hayloft/longhorn-format';
import { BlockPacking } from './block-packing.ts';
import { readSource, sourceChangedRemedy, writeFully } from './file-bytes.ts';
import type { CutTask, OpenedStore, ThreadMessage } from './messages.ts';
import { total, word } from './ring-layout.ts';
import type { Ring } from './ring.ts';
import { StoreWriter } from './store-writer.ts';
import { isZero } from './zeros.ts';

/**
 * A worker of a cut: takes one window after the other and does everything for it, synchronously.
 *
 * Windows whose store is not ready yet are owed to it: they are hashed, their slot goes on, and at the end those whose
 * block the store lacks are read again. What cannot be read again waits for the store.
 */
export async function cutBlocks(ring: Ring, task: CutTask, port: MessagePort): Promise<ThreadMessage> {
  const worker = new CutWorker(ring, task, port);
  for (;;) {
    const ordinal = Atomics.add(ring.words, word.next, 1);
    if (!worker.bring(ordinal)) break;
    worker.take(ordinal);
    // Buffers that zlib made are freed only when the event loop turns.
    if (worker.allocates) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const owed of worker.owed) {
    worker.payOwed(owed);
    if (worker.allocates) await new Promise((resolve) => setImmediate(resolve));
  }
  return worker.finish();
}

/** A window of the listed file that was hashed before some store was ready. */
interface OwedWindow {
  readonly window: number;
  readonly length: number;
  readonly stores: readonly number[];
  /** Image bytes that count as done with it. */
  readonly doneBytes: number;
}

class CutWorker {
  readonly owed: OwedWindow[] = [];
  readonly #ring: Ring;
  readonly #task: CutTask;
  readonly #port: MessagePort;
  readonly #packing: BlockPacking;
  readonly #listed: Uint32Array;
  readonly #digests: Uint8Array;
  readonly #writers: readonly StoreWriter[];
  #allocates = false;
  #bytesRead = 0;

  constructor(ring: Ring, task: CutTask, port: MessagePort) {
    this.#ring = ring;
    this.#task = task;
    this.#port = port;
    this.#packing = new BlockPacking(ring, task.worker);
    this.#listed = new Uint32Array(task.listed.windows);
    const digests = new Uint8Array(task.digests);
    this.#digests = digests;
    const tools = { ring, port, packing: this.#packing, digests };
    this.#writers = task.stores.map((store, number) => new StoreWriter(tools, store, number));
  }

  get allocates(): boolean {
    return this.#allocates;
  }

  /** Brings an ordinal's bytes into its slot; false when there is no such ordinal. */
  bring(ordinal: number): boolean {
    const ring = this.#ring;
    if (ordinal >= this.#listed.length) return ring.waitForReady(ordinal);
    ring.waitForFree(ordinal);
    const window = this.#listed[ordinal]!;
    const offset = window * blockSizeBytes;
    const length = Math.min(blockSizeBytes, this.#task.listed.endBytes - offset);
    readSource(this.#task.listed.file, ring.slot(ordinal).subarray(0, length), offset);
    ring.announce(ordinal, window, length);
    return true;
  }

  /** Hashes the window in the slot, gives it to whoever needs it, and lets go of the slot. */
  take(ordinal: number): void {
    const ring = this.#ring;
    const { window, length } = ring.content(ordinal);
    const plain = ring.slot(ordinal).subarray(0, length);
    const isListed = ordinal < this.#listed.length;
    const doneBytes = isListed ? window * blockSizeBytes + length - this.#endBefore(ordinal) : length;
    this.#bytesRead += length;
    if (isZero(plain)) ring.addTotal(total.done, doneBytes);
    else {
      digestToBytes(blockDigest(plain), this.#digests, window * 32);
      if (this.#task.target !== undefined && !(isListed && this.#task.listed.isTarget)) {
        writeFully(this.#task.target, plain, window * blockSizeBytes);
      }
      this.#deliver(ordinal, window, length, doneBytes);
    }
    ring.release(ordinal);
  }

  #deliver(ordinal: number, window: number, length: number, doneBytes: number): void {
    const plain = (): number => this.#ring.address(ordinal);
    const owing: number[] = [];
    let reusedBytes = 0;
    for (const [number, writer] of this.#writers.entries()) {
      if (this.#tryOpen(number, ordinal >= this.#listed.length))
        reusedBytes += writer.deliver({ window, length, plain });
      else owing.push(number);
    }
    if (owing.length > 0) this.owed.push({ window, length, stores: owing, doneBytes });
    else this.#countDone(doneBytes, reusedBytes);
  }

  /** Reads a window again, if a store that has become ready lacks its block, and makes sure that it is the same. */
  payOwed({ window, length, stores, doneBytes }: OwedWindow): void {
    const { plain } = this.#packing.scratch;
    const readAgain = (): number => {
      const bytes = this.#packing.view(plain, length);
      readSource(this.#task.listed.file, bytes, window * blockSizeBytes);
      const again = new Uint8Array(32);
      digestToBytes(blockDigest(bytes), again, 0);
      if (Buffer.compare(again, this.#digests.subarray(window * 32, window * 32 + 32)) !== 0) {
        throw new BackupError(
          'SOURCE_CHANGED',
          `"${this.#task.listed.file.name}" changed at byte ${window * blockSizeBytes} while it was read`,
          { remedy: sourceChangedRemedy },
        );
      }
      return plain;
    };
    let reusedBytes = 0;
    for (const number of stores) {
      this.#tryOpen(number, true);
      reusedBytes += this.#writers[number]!.deliver({ window, length, plain: readAgain });
    }
    this.#countDone(doneBytes, reusedBytes);
  }

  finish(): ThreadMessage {
    const stores = this.#writers.map(({ counts }) => counts);
    return { kind: 'cut', bytesRead: this.#bytesRead, stores };
  }

  /** Is a store ready? With `wait`, it sleeps until it is. */
  #tryOpen(number: number, wait: boolean): boolean {
    const writer = this.#writers[number]!;
    if (writer.isOpen) return true;
    const gate = word.gates + number;
    if (wait) this.#ring.waitFor(gate, 1);
    else if (Atomics.load(this.#ring.words, gate) === 0) return false;
    // Stores open in any order; each was told before its gate opened.
    while (!writer.isOpen) {
      const received = receiveMessageOnPort(this.#port) as { readonly message: OpenedStore } | undefined;
      if (received === undefined) throw new Error(`store ${number} is ready, and nobody said with what`);
      this.#writers[received.message.store]!.open(received.message);
      this.#allocates ||= received.message.method === 'gzip';
    }
    return true;
  }

  #endBefore(ordinal: number): number {
    return ordinal === 0 ? 0 : (this.#listed[ordinal - 1]! + 1) * blockSizeBytes;
  }

  #countDone(doneBytes: number, reusedBytes: number): void {
    this.#ring.addTotal(total.done, doneBytes);
    if (reusedBytes > 0) this.#ring.addTotal(total.reused, reusedBytes);
  }
}
