import { createLz4Codec, unpackSingleBlockFrame, writeFrame } from '@hayloft/lz4';
import type { Lz4Codec } from '@hayloft/lz4';
import { blockDigest, blockSizeBytes, decodeBlockSync, encodeBlockSync } from '@hayloft/longhorn-format';
import type { BlockDigest, CompressionMethod } from '@hayloft/engine';
import type { Ring } from './ring.ts';
import { scratchOf } from './ring-layout.ts';
import type { Scratch } from './ring-layout.ts';

/** Packs and unpacks blocks for one thread: LZ4 in place in the ring's memory, the other methods through copies. */
export class BlockPacking {
  readonly scratch: Scratch;
  readonly #bytes: Uint8Array;
  readonly #codec: Lz4Codec;

  constructor(ring: Ring, worker: number) {
    this.scratch = scratchOf(worker);
    this.#bytes = ring.bytes;
    this.#codec = createLz4Codec(ring.memory);
  }

  /** The bytes at an address. */
  view(address: number, length: number): Uint8Array {
    return this.#bytes.subarray(address, address + length);
  }

  /** The packed bytes of the plain ones at `source`: a view that is good until the next call. */
  pack(method: CompressionMethod, source: number, length: number): Uint8Array {
    if (method !== 'lz4') return encodeBlockSync(method, this.view(source, length));
    const { packed, table } = this.scratch;
    return this.view(packed, writeFrame(this.#codec, this.#bytes, { source, length, target: packed, table }));
  }

  /**
   * Unpacks the block at `source` to `target`, where there is room for `blockSizeBytes`, and returns its plain length.
   * The bytes match `digest`, whichever method packed them, or it throws `DATA_CORRUPT`.
   */
  unpack(method: CompressionMethod, digest: BlockDigest, place: UnpackPlace): number {
    const { source, length, target } = place;
    const stored = this.view(source, length);
    // The two usual ways, without a copy. The digest decides, so nothing else needs to be checked here.
    if (method === 'none' && length <= blockSizeBytes && blockDigest(stored) === digest) {
      this.#bytes.copyWithin(target, source, source + length);
      return length;
    }
    const quick = unpackSingleBlockFrame(this.#codec, this.#bytes, { ...place, capacity: blockSizeBytes });
    if (quick !== undefined && blockDigest(this.view(target, quick)) === digest) return quick;
    const plain = decodeBlockSync(method, Uint8Array.from(stored), digest);
    this.#bytes.set(plain, target);
    return plain.length;
  }
}

export interface UnpackPlace {
  readonly source: number;
  readonly length: number;
  readonly target: number;
}
