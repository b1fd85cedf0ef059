import type { Lz4Codec } from './codec.ts';
import { createLz4Codec, lz4ReservedBytes, lz4TableBytes } from './codec.ts';

const pageBytes = 64 * 1024;
/** Two blobs of the largest size that a store keeps (64 MiB), one packed and one plain, and the scratch. */
const pagesMax = 2 * 1024 + 16;

/** A memory of this thread's own, for callers whose bytes lie elsewhere. */
export interface PrivateMemory {
  readonly codec: Lz4Codec;
  /** Address of the compressor's scratch. */
  readonly table: number;
  /** Address from which on the memory is free. */
  readonly start: number;
  /** The memory's bytes, at least `count` of them from `start` on. */
  readonly room: (count: number) => Uint8Array;
}

let memory: PrivateMemory | undefined;

/** This thread's private memory; it grows as needed and never shrinks. */
export function privateMemory(): PrivateMemory {
  return (memory ??= createPrivateMemory());
}

function createPrivateMemory(): PrivateMemory {
  const wasm = new WebAssembly.Memory({ initial: 2, maximum: pagesMax, shared: true });
  const start = lz4ReservedBytes + lz4TableBytes;
  return {
    codec: createLz4Codec(wasm),
    table: lz4ReservedBytes,
    start,
    room: (count) => {
      const missing = start + count - wasm.buffer.byteLength;
      if (missing > 0) wasm.grow(Math.ceil(missing / pageBytes));
      return new Uint8Array(wasm.buffer); // growing makes the older views short
    },
  };
}
