import { blockState } from '../contracts/block-index.ts';
import type { BlockIndex, Claim } from '../contracts/block-index.ts';
import { digestToBytes } from '../contracts/blocks.ts';
import type { BlockDigest } from '../contracts/blocks.ts';
import type { BackupFormat, CompressionMethod } from '../contracts/format.ts';
import type { CutStore, CutStoreResult, PipelineOptions } from '../contracts/pipeline.ts';
import type { BackupStore } from '../contracts/store.ts';
import { isBackupError } from '../errors.ts';
import { Slots } from '../store/slots.ts';

/** Decides for each window of a cut whether one store needs its block, puts or proves it, and counts. */
export class PlainStoreWriter {
  readonly #format: BackupFormat;
  readonly #job: CutStore;
  readonly #signal: AbortSignal;
  readonly #slots: Slots;
  readonly #counts = { written: 0, healed: 0, reused: 0, reusedVerified: true, bytesWritten: 0 };
  reusedBytes = 0;

  constructor(format: BackupFormat, job: CutStore, options: PipelineOptions) {
    this.#format = format;
    this.#job = job;
    this.#signal = options.signal;
    this.#slots = new Slots(options.concurrency);
  }

  get result(): CutStoreResult {
    return this.#counts;
  }

  /** Settles when the store holds the block of this window. Nothing is written before the store is ready. */
  async store(digest: BlockDigest, plain: Uint8Array): Promise<void> {
    const { index, method } = await this.#job.ready;
    this.#signal.throwIfAborted();
    const key = new Uint8Array(32);
    digestToBytes(digest, key, 0);
    const bounds = this.#format.packedSizeBounds(method, plain.length);
    const claim = index.claim(key, 0, bounds, this.#job.verifyReused);
    if (!claim.won) {
      if (claim.state === blockState.listed) this.#counts.reusedVerified = false;
      this.#countReused(plain);
      return;
    }
    const work = (): Promise<void> => this.#settle(index, claim, method, digest, plain);
    await this.#slots.run(work, { signal: this.#signal });
  }

  async #settle(
    index: BlockIndex,
    claim: Claim,
    method: CompressionMethod,
    digest: BlockDigest,
    plain: Uint8Array,
  ): Promise<void> {
    const found = claim.state === blockState.absent ? 'missing' : await this.#prove(method, digest);
    if (typeof found === 'number') {
      index.settle(claim.entry, blockState.proven, found);
      this.#countReused(plain);
      return;
    }
    const packed = await this.#format.encodeBlock(method, plain);
    this.#signal.throwIfAborted();
    await this.#store.put(this.#format.blockKey(digest), packed, { signal: this.#signal });
    index.settle(claim.entry, blockState.written, packed.length);
    this.#counts.written++;
    this.#counts.bytesWritten += packed.length;
    if (found === 'unsound') this.#counts.healed++;
  }

  /** The packed size of a block that matches its name, or what is wrong with it. */
  async #prove(method: CompressionMethod, digest: BlockDigest): Promise<number | 'missing' | 'unsound'> {
    try {
      const stored = await this.#store.get(this.#format.blockKey(digest), { signal: this.#signal });
      await this.#format.decodeBlock(method, stored, digest);
      return stored.length;
    } catch (error) {
      if (isBackupError(error, 'BLOB_NOT_FOUND')) return 'missing';
      if (isBackupError(error, 'DATA_CORRUPT')) return 'unsound';
      throw error;
    }
  }

  get #store(): BackupStore {
    return this.#job.store;
  }

  #countReused(plain: Uint8Array): void {
    this.#counts.reused++;
    this.reusedBytes += plain.length;
  }
}
