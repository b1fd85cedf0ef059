import { controlViews, packedBytesMax, slotAddress, slotWord, total, word } from './ring-layout.ts';
import type { RingShape } from './ring-layout.ts';

/** A sleeping thread looks this often whether its peers are still alive, should it have missed their call. */
const napMs = 50;

/** Thrown in a thread whose peer has failed: it unwinds, and says nothing about it. */
export class PeerFailed extends Error {}

/**
 * Slots of shared memory in which blocks pass from thread to thread, and the waiting for them.
 *
 * Blocks have ordinals 0, 1, 2 …; ordinal *n* lies in slot *n* mod `slotCount`. Each slot is filled, becomes ready, and
 * is let go of by each of its `userCount` users (a worker; the roller; a stream); then the ordinal `slotCount` further
 * on may be filled into it.
 */
export class Ring {
  readonly memory: WebAssembly.Memory;
  readonly shape: RingShape;
  readonly userCount: number;
  /** All of the memory, to be indexed by address. */
  readonly bytes: Uint8Array;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly #totals: BigInt64Array<SharedArrayBuffer>;

  constructor(memory: WebAssembly.Memory, shape: RingShape, userCount: number) {
    this.memory = memory;
    this.shape = shape;
    this.userCount = userCount;
    this.bytes = new Uint8Array(memory.buffer);
    const { words, totals } = controlViews(memory);
    this.words = words;
    this.#totals = totals;
  }

  /** Forgets the job before: for the main thread, before others see the ring. */
  reset(credits: number): void {
    this.words.fill(0);
    this.#totals.fill(0n);
    this.words[word.end] = -1;
    this.words[word.credits] = credits;
  }

  address(ordinal: number): number {
    return slotAddress(this.shape, ordinal);
  }

  /** The slot of an ordinal, `packedBytesMax` long. */
  slot(ordinal: number): Uint8Array {
    const start = this.address(ordinal);
    return this.bytes.subarray(start, start + packedBytesMax);
  }

  /** The index of a slot's control word. */
  wordOf(kind: number, ordinal: number): number {
    return kind + (ordinal % this.shape.slotCount);
  }

  /** Says that the plain bytes of a window are in the slot of `ordinal`. */
  announce(ordinal: number, window: number, length: number): void {
    Atomics.store(this.words, this.wordOf(slotWord.window, ordinal), window);
    Atomics.store(this.words, this.wordOf(slotWord.length, ordinal), length);
    this.post(this.wordOf(slotWord.ready, ordinal), ordinal + 1);
  }

  /** What `announce` said. */
  content(ordinal: number): { readonly window: number; readonly length: number } {
    return {
      window: Atomics.load(this.words, this.wordOf(slotWord.window, ordinal)),
      length: Atomics.load(this.words, this.wordOf(slotWord.length, ordinal)),
    };
  }

  /** One user is done with the slot of `ordinal`. */
  release(ordinal: number): void {
    const at = this.wordOf(slotWord.released, ordinal);
    Atomics.add(this.words, at, 1);
    Atomics.notify(this.words, at);
  }

  /** Sets a word and wakes who waits for it. */
  post(at: number, value: number): void {
    Atomics.store(this.words, at, value);
    Atomics.notify(this.words, at);
  }

  /** Says how many ordinals there are, and how large the image is. */
  finish(end: number, imageBytes: number): void {
    Atomics.store(this.#totals, total.image, BigInt(imageBytes));
    Atomics.store(this.words, word.end, end);
    this.#wakeAll();
  }

  /** Tells every thread to stop. */
  fail(): void {
    Atomics.store(this.words, word.failed, 1);
    this.#wakeAll();
  }

  throwIfFailed(): void {
    if (Atomics.load(this.words, word.failed) !== 0) throw new PeerFailed('another thread of this job has failed');
  }

  /** Sleeps until a word is at least `value`. For worker threads. */
  waitFor(at: number, value: number): void {
    for (;;) {
      this.throwIfFailed();
      const found = Atomics.load(this.words, at);
      if (found >= value) return;
      Atomics.wait(this.words, at, found, napMs);
    }
  }

  /** Sleeps until the slot of `ordinal` may be filled. */
  waitForFree(ordinal: number): void {
    this.waitFor(this.wordOf(slotWord.released, ordinal), this.#releasesBefore(ordinal));
  }

  /** Sleeps until an ordinal is ready: true; or until it is known that there is no such ordinal: false. */
  waitForReady(ordinal: number): boolean {
    const at = this.wordOf(slotWord.ready, ordinal);
    for (;;) {
      this.throwIfFailed();
      const found = Atomics.load(this.words, at);
      if (found > ordinal) return true;
      const end = Atomics.load(this.words, word.end);
      if (end >= 0 && ordinal >= end) return false;
      Atomics.wait(this.words, at, found, napMs);
    }
  }

  /** Sleeps until there is a credit, and takes it. */
  takeCredit(): void {
    for (;;) {
      this.throwIfFailed();
      const found = Atomics.load(this.words, word.credits);
      if (found <= 0) Atomics.wait(this.words, word.credits, found, napMs);
      else if (Atomics.compareExchange(this.words, word.credits, found, found - 1) === found) return;
    }
  }

  giveCredit(): void {
    Atomics.add(this.words, word.credits, 1);
    Atomics.notify(this.words, word.credits);
  }

  /** `waitFor` for the main thread, which must not sleep. Whoever aborts `signal` also calls `fail`, which wakes this. */
  async until(at: number, value: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const found = Atomics.load(this.words, at);
      if (found >= value) return;
      const waiting = Atomics.waitAsync(this.words, at, found);
      if (waiting.async) await waiting.value;
    }
  }

  async untilFree(ordinal: number, signal: AbortSignal): Promise<void> {
    await this.until(this.wordOf(slotWord.released, ordinal), this.#releasesBefore(ordinal), signal);
  }

  addTotal(which: number, bytes: number): void {
    Atomics.add(this.#totals, which, BigInt(bytes));
  }

  readTotal(which: number): number {
    return Number(Atomics.load(this.#totals, which));
  }

  /** How often the slot of `ordinal` is let go of until it is free for it. */
  #releasesBefore(ordinal: number): number {
    return Math.floor(ordinal / this.shape.slotCount) * this.userCount;
  }

  #wakeAll(): void {
    for (let at = 0; at < this.words.length; at++) Atomics.notify(this.words, at);
  }
}
