import type { BlockDigest } from './blocks.ts';
import { digestFromBytes, digestToBytes } from './blocks.ts';

/** What is known of one block in one store. */
export const blockState = {
  /** Not in the table. */
  absent: 0,
  /** A thread is entering the digest; wait a moment. */
  entering: 1,
  /** A thread is putting or checking it now; if that fails, the whole job fails. */
  claimed: 2,
  /** Listed, and no more is known. */
  listed: 3,
  /** Listed as it was when this machine last wrote or proved it, or proved by this run. */
  proven: 4,
  /** Put by this run. */
  written: 5,
} as const;
export type BlockState = (typeof blockState)[keyof typeof blockState];

export interface SizeBounds {
  readonly min: number;
  readonly max: number;
}

export interface Claim {
  readonly won: boolean;
  /** What was known before the claim. */
  readonly state: BlockState;
  readonly entry: number;
  /** Packed size as listed or written; 0 when absent. */
  readonly sizeBytes: number;
}

const wordsPerEntry = 10; // 8 of digest, 1 of size, 1 of state
const sizeWord = 8;
const stateWord = 9;

/**
 * The blocks a store holds, as an open-addressing table in shared memory: 40 bytes an entry, at most half full.
 * Worker threads look up, claim and enter blocks without locks; the digests are hashes, so their first word spreads.
 */
export class BlockIndex {
  /** Pass this to another thread and build the index from it there. */
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #mask: number;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#mask = this.#words.length / wordsPerEntry - 1;
  }

  /** Room for `blocksMax` blocks; entering more throws. */
  static withRoomFor(blocksMax: number): BlockIndex {
    const entries = 2 ** Math.ceil(Math.log2(Math.max(64, blocksMax * 2)));
    return new BlockIndex(new SharedArrayBuffer(entries * wordsPerEntry * 4));
  }

  /** Enters what a listing or this machine's memory knows. For the thread that fills the table, before others see it. */
  add(digest: BlockDigest, sizeBytes: number, state: BlockState): void {
    const key = new Uint8Array(32);
    digestToBytes(digest, key, 0);
    const entry = this.#find(key, 0, true);
    this.settle(entry, state, sizeBytes);
  }

  /** State and packed size of a block. */
  get(digest: BlockDigest): { readonly state: BlockState; readonly sizeBytes: number } {
    const key = new Uint8Array(32);
    digestToBytes(digest, key, 0);
    const entry = this.#find(key, 0, false);
    if (entry < 0) return { state: blockState.absent, sizeBytes: 0 };
    return { state: this.#state(entry), sizeBytes: this.sizeAt(entry) };
  }

  /**
   * Asks for the right to put (or check) the block whose digest stands at `bytes[start…start+32)`.
   *
   * `won` means it is the caller's: it must `settle` the entry. Won are blocks that are absent, and blocks to be
   * checked before they are reused: those whose size no sound block of this window's length has (`size` gives the
   * bounds, see `BackupFormat.packedSizeBounds`), and with `checkListed` every one that is not proven yet. A block to be
   * checked is read and decoded first, and written anew only if it does not match: the pool may hold a mix of methods,
   * and a block that another image reads must not change its packing.
   */
  claim(bytes: Uint8Array, start: number, size: SizeBounds, checkListed: boolean): Claim {
    const entry = this.#find(bytes, start, true);
    for (;;) {
      const state = this.#state(entry);
      const known = this.sizeAt(entry);
      const listed = state === blockState.listed || state === blockState.proven;
      const plausible = known >= size.min && known <= size.max;
      const check = listed && (!plausible || (checkListed && state === blockState.listed));
      if (state !== blockState.absent && !check) return { won: false, state, entry, sizeBytes: known };
      if (this.#swap(entry, state, blockState.claimed)) return { won: true, state, entry, sizeBytes: known };
    }
  }

  /** Says what became of a claimed entry. */
  settle(entry: number, state: BlockState, sizeBytes: number): void {
    Atomics.store(this.#words, entry * wordsPerEntry + sizeWord, sizeBytes);
    Atomics.store(this.#words, entry * wordsPerEntry + stateWord, encode(state));
  }

  #swap(entry: number, from: BlockState, to: BlockState): boolean {
    const at = entry * wordsPerEntry + stateWord;
    return Atomics.compareExchange(this.#words, at, encode(from), encode(to)) === encode(from);
  }

  sizeAt(entry: number): number {
    return Atomics.load(this.#words, entry * wordsPerEntry + sizeWord);
  }

  /** Every block of the table. */
  *entries(): Generator<{ readonly digest: BlockDigest; readonly state: BlockState; readonly sizeBytes: number }> {
    for (let entry = 0; entry <= this.#mask; entry++) {
      const state = this.#state(entry);
      if (state === blockState.absent) continue;
      yield { digest: digestFromBytes(this.#bytes, entry * wordsPerEntry * 4), state, sizeBytes: this.sizeAt(entry) };
    }
  }

  #state(entry: number): BlockState {
    return decode(Atomics.load(this.#words, entry * wordsPerEntry + stateWord));
  }

  /** The entry of a digest; entered (as absent) if `enter`, else -1 when there is none. */
  #find(bytes: Uint8Array, start: number, enter: boolean): number {
    const words = this.#words;
    const first = bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 24);
    let entry = first & this.#mask;
    for (let probes = 0; probes <= this.#mask;) {
      const state = Atomics.load(words, entry * wordsPerEntry + stateWord);
      if (state === 0) {
        if (!enter) return -1;
        if (Atomics.compareExchange(words, entry * wordsPerEntry + stateWord, 0, blockState.entering) !== 0) continue;
        this.#bytes.set(bytes.subarray(start, start + 32), entry * wordsPerEntry * 4);
        Atomics.store(words, entry * wordsPerEntry + stateWord, encode(blockState.absent));
        return entry;
      }
      if (state === blockState.entering) continue; // another thread is copying 32 bytes into it
      if (this.#matches(entry, bytes, start)) return entry;
      entry = (entry + 1) & this.#mask;
      probes++;
    }
    throw new RangeError('block index is full: it was made for fewer blocks');
  }

  #matches(entry: number, bytes: Uint8Array, start: number): boolean {
    const at = entry * wordsPerEntry * 4;
    for (let i = 0; i < 32; i++) if (this.#bytes[at + i] !== bytes[start + i]) return false;
    return true;
  }
}

/** Word 0 means "no digest here"; a digest that is entered but absent from the store needs a word of its own. */
const enteredAbsent = 6;
const encode = (state: BlockState): number => (state === blockState.absent ? enteredAbsent : state);
const decode = (word: number): BlockState => (word === enteredAbsent ? blockState.absent : (word as BlockState));
