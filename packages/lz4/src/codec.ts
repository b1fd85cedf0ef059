import './wasm-types.ts';
import { codecWasm } from './codec.wasm.generated.ts';

/** Bytes at the start of the memory that belong to the codec; whatever else is put there begins after. */
export const lz4ReservedBytes: number = 64 * 1024;

/** Scratch that `compress` needs; every thread brings its own. */
export const lz4TableBytes: number = 16 * 1024;

/**
 * LZ4 blocks and XXH32 over one shared memory, in place: every address is a byte offset into that memory.
 *
 * Nothing outside of the ranges that a call names is read or written, whatever bytes stand in them. Calls of different
 * threads on different ranges do not disturb each other.
 */
export interface Lz4Codec {
  /**
   * Packs `length` bytes at `source` into at most `capacity` bytes at `target`; `table` is the address of
   * `lz4TableBytes` of scratch. Returns the packed length, or 0 when it does not fit.
   */
  readonly compress: (source: number, length: number, target: number, capacity: number, table: number) => number;
  /**
   * Unpacks `length` bytes at `source` into at most `capacity` bytes at `target`; matches may reach back to
   * `windowStart` (`target` itself unless blocks are linked). Returns the plain length, or -1 for bytes that are no LZ4
   * block or do not fit.
   */
  readonly decompress: (
    source: number,
    length: number,
    target: number,
    capacity: number,
    windowStart: number,
  ) => number;
  /** XXH32 with seed 0, as an unsigned number. */
  readonly xxh32: (address: number, length: number) => number;
}

let compiled: WebAssembly.Module | undefined;

/** The codec over `memory`, which must be shared. Compiling takes about a millisecond, once a thread. */
export function createLz4Codec(memory: WebAssembly.Memory): Lz4Codec {
  compiled ??= new WebAssembly.Module(Buffer.from(codecWasm, 'base64'));
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  const { compress, decompress, xxh32 } = instance.exports as Lz4Codec;
  return { compress, decompress, xxh32: (address, length) => xxh32(address, length) >>> 0 };
}
