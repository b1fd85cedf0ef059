import { lz4ReservedBytes, lz4TableBytes } from '@hayloft/lz4';
import { blockSizeBytes } from '@hayloft/longhorn-format';

// The one memory that all threads of a job share. In bytes, from 0:
//
//   the codec's own page │ control words │ scratch of each worker: table, packed, plain │ slots
//
// A slot has room for a packed block too, which may be a little longer than a plain one.

export interface RingShape {
  readonly slotCount: number;
  readonly workerCount: number;
}

/** Control words: 32 bits each, only ever touched by `Atomics`. */
export const word = {
  /** 1 once anything of the job has failed: everybody stops. */
  failed: 0,
  /** The next ordinal that a worker takes. */
  next: 1,
  /** How many ordinals there are; -1 while that is not known. */
  end: 2,
  /** Packed blocks that the main thread will still take for its store calls. */
  credits: 3,
  /** One a store: 1 once it is ready. */
  gates: 16,
} as const;
export const gatesMax = 16;
export const slotsMax = 64;
/** Store calls under way at once; each may hold a block in memory, whatever the caller asks for. */
export const callsMax = 32;

/** Control words of which each slot has one. */
export const slotWord = {
  /** Ordinal + 1 of the plain bytes in the slot. */
  ready: 64,
  /** Ordinal + 1 of what the main thread fetched into the slot. */
  fetched: 64 + slotsMax,
  /** How often a user has let go of the slot. */
  released: 64 + 2 * slotsMax,
  /** Window whose bytes are in the slot. */
  window: 64 + 3 * slotsMax,
  /** How many plain bytes are in the slot. */
  length: 64 + 4 * slotsMax,
  /** Length of what was fetched, or one of `fetchedAs`. */
  packed: 64 + 5 * slotsMax,
} as const;
const wordCount = 64 + 6 * slotsMax;

/** What the main thread may have put into a slot instead of a packed block. */
export const fetchedAs = { problem: -1, plain: -2 } as const;

/** Sums of bytes: 64 bits each, behind the words. */
export const total = {
  /** Size of the image; valid once `end` is known. */
  image: 0,
  /** Image bytes whose windows are done, holes before them included. */
  done: 1,
  reused: 2,
  /** Image bytes that the roller has hashed. */
  rolled: 3,
} as const;
const totalCount = 4;

const pageBytes = 64 * 1024;
const roundUp = (bytes: number): number => Math.ceil(bytes / pageBytes) * pageBytes;

const controlStart = lz4ReservedBytes;
const totalsStart = controlStart + 4096;
const scratchStart = controlStart + pageBytes;

/** Longest packed block, of whichever method and writer: what does not shrink is stored with a few bytes around it. */
export const packedBytesMax: number = blockSizeBytes + pageBytes;
const scratchBytes = roundUp(lz4TableBytes) + packedBytesMax + blockSizeBytes;

/** Addresses of a worker's own buffers. */
export interface Scratch {
  /** `lz4TableBytes`. */
  readonly table: number;
  /** `packedBytesMax`. */
  readonly packed: number;
  /** `blockSizeBytes`. */
  readonly plain: number;
}

export function ringBytes({ slotCount, workerCount }: RingShape): number {
  return scratchStart + workerCount * scratchBytes + slotCount * packedBytesMax;
}

export interface ControlViews {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly totals: BigInt64Array<SharedArrayBuffer>;
}

export function controlViews(memory: WebAssembly.Memory): ControlViews {
  return {
    words: new Int32Array(memory.buffer, controlStart, wordCount),
    totals: new BigInt64Array(memory.buffer, totalsStart, totalCount),
  };
}

export function scratchOf(worker: number): Scratch {
  const table = scratchStart + worker * scratchBytes;
  const packed = table + roundUp(lz4TableBytes);
  return { table, packed, plain: packed + packedBytesMax };
}

export function slotAddress({ slotCount, workerCount }: RingShape, ordinal: number): number {
  return scratchStart + workerCount * scratchBytes + (ordinal % slotCount) * packedBytesMax;
}
