import type { MessagePort } from 'node:worker_threads';
import { BlockIndex, blockState, digestFromBytes, isBackupError } from '@hayloft/engine';
import type { BlockDigest, Claim, CompressionMethod } from '@hayloft/engine';
import { readBlobSync, stageBlobSync } from '@hayloft/directory-store';
import { blockKey, packedSizeBounds } from '@hayloft/longhorn-format';
import type { BlockPacking } from './block-packing.ts';
import type { CutTaskStore, OpenedStore, PublishMessage, PutMessage, ReuseCounts } from './messages.ts';
import type { Ring } from './ring.ts';
import { packedBytesMax } from './ring-layout.ts';

/** A window whose digest is known, with its bytes somewhere in the ring's memory once they are asked for. */
export interface HashedWindow {
  readonly window: number;
  readonly length: number;
  /** Address of the plain bytes. */
  readonly plain: () => number;
}

/** What a worker shares among the stores that it writes to. */
export interface WriterTools {
  readonly ring: Ring;
  readonly packing: BlockPacking;
  /** 32 bytes a window. */
  readonly digests: Uint8Array;
  readonly port: MessagePort;
}

/** Decides for each window whether one store needs its block, and packs it; the main thread finishes what waits. */
export class StoreWriter {
  readonly counts: ReuseCounts = { reused: 0, reusedVerified: true };
  readonly #tools: WriterTools;
  readonly #store: CutTaskStore;
  readonly #number: number;
  #opened: { readonly index: BlockIndex; readonly method: CompressionMethod } | undefined;

  constructor(tools: WriterTools, store: CutTaskStore, number: number) {
    this.#tools = tools;
    this.#store = store;
    this.#number = number;
  }

  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /** Nothing is written before. */
  open({ index, method }: OpenedStore): void {
    this.#opened = { index: new BlockIndex(index), method };
  }

  /** Sees to it that the store gets or has this window's block; returns the plain bytes that need not be stored. */
  deliver(hashed: HashedWindow): number {
    const { index, method } = this.#opened!;
    const { digests } = this.#tools;
    const start = hashed.window * 32;
    const bounds = packedSizeBounds(method, hashed.length);
    const claim = index.claim(digests, start, bounds, this.#store.verifyReused);
    if (!claim.won) {
      if (claim.state === blockState.listed) this.counts.reusedVerified = false;
      this.counts.reused++;
      return hashed.length;
    }
    const digest = digestFromBytes(digests, start);
    if (this.#store.directory === undefined) {
      this.#handOver(hashed, claim, digest, method);
      return 0;
    }
    return this.#stage(this.#store.directory, hashed, { claim, digest, index, method });
  }

  /** Into a directory: written aside here, made durable and named by the main thread. */
  #stage(
    directory: string,
    hashed: HashedWindow,
    {
      claim,
      digest,
      index,
      method,
    }: { claim: Claim; digest: BlockDigest; index: BlockIndex; method: CompressionMethod },
  ): number {
    const { packing, port, ring } = this.#tools;
    const found = claim.state === blockState.absent ? 'missing' : this.#prove(directory, digest, method);
    if (typeof found === 'number') {
      index.settle(claim.entry, blockState.proven, found);
      this.counts.reused++;
      return hashed.length;
    }
    const packed = packing.pack(method, hashed.plain(), hashed.length);
    ring.takeCredit();
    const message: PublishMessage = {
      kind: 'publish',
      store: this.#number,
      digest,
      entry: claim.entry,
      staged: stageBlobSync(directory, [packed]),
      packedLength: packed.length,
      heals: found === 'unsound',
    };
    port.postMessage(message);
    return 0;
  }

  /** The packed size of a stored block that matches its name, or what is wrong with it. */
  #prove(directory: string, digest: BlockDigest, method: CompressionMethod): number | 'missing' | 'unsound' {
    const { packing } = this.#tools;
    const { packed, plain } = packing.scratch;
    try {
      const length = readBlobSync(directory, blockKey(digest), packing.view(packed, packedBytesMax));
      if (length < 0) return 'missing';
      packing.unpack(method, digest, { source: packed, length, target: plain });
      return length;
    } catch (error) {
      // STORE_INVALID: longer than any block, or no file at all.
      if (isBackupError(error, 'DATA_CORRUPT', 'STORE_INVALID')) return 'unsound';
      throw error;
    }
  }

  /** Only the main thread can reach the store: it gets a copy, so that the slot is free at once. */
  #handOver(hashed: HashedWindow, claim: Claim, digest: BlockDigest, method: CompressionMethod): void {
    const { packing, port, ring } = this.#tools;
    const view = packing.pack(method, hashed.plain(), hashed.length);
    ring.takeCredit();
    const packed = Uint8Array.from(view);
    const message: PutMessage = {
      kind: 'put',
      store: this.#number,
      digest,
      entry: claim.entry,
      packed,
      plainLength: hashed.length,
      proveFirst: claim.state !== blockState.absent,
    };
    port.postMessage(message, [packed.buffer]);
  }
}
