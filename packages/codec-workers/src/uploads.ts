import { blockState, isBackupError } from '@hayloft/engine';
import type { BlockDigest, BlockIndex, CompressionMethod, CutStore } from '@hayloft/engine';
import { blockKey, decodeBlockSync } from '@hayloft/longhorn-format';
import type { Crew } from './crew.ts';
import type { PutMessage, StoreCounts } from './messages.ts';
import type { Ring } from './ring.ts';
import { total } from './ring-layout.ts';

/**
 * Puts the packed blocks that workers hand over into their stores, at most `concurrency` at a time. Each block holds a
 * credit until it is stored, which bounds the bytes in memory.
 */
export class Uploads {
  /** What was done for each store, by workers and by this thread. */
  readonly counts: readonly StoreCounts[];
  readonly #stores: readonly CutStore[];
  readonly #ready: ({ readonly index: BlockIndex; readonly method: CompressionMethod } | undefined)[];
  readonly #ring: Ring;
  readonly #crew: Crew;
  readonly #concurrency: number;
  readonly #waiting: PutMessage[] = [];
  readonly #underWay = new Set<Promise<void>>();

  constructor(stores: readonly CutStore[], ring: Ring, crew: Crew, concurrency: number) {
    this.#stores = stores;
    this.#ready = stores.map(() => undefined);
    this.#ring = ring;
    this.#crew = crew;
    this.#concurrency = concurrency;
    this.counts = stores.map(() => ({ written: 0, healed: 0, reused: 0, reusedVerified: true, bytesWritten: 0 }));
  }

  open(store: number, ready: { readonly index: BlockIndex; readonly method: CompressionMethod }): void {
    this.#ready[store] = ready;
  }

  /** Adds what a worker did itself. */
  add(store: number, did: StoreCounts): void {
    const counts = this.counts[store]!;
    counts.written += did.written;
    counts.healed += did.healed;
    counts.reused += did.reused;
    counts.reusedVerified &&= did.reusedVerified;
    counts.bytesWritten += did.bytesWritten;
  }

  accept(message: PutMessage): void {
    this.#waiting.push(message);
    this.#startNext();
  }

  /** Resolves when nothing is under way any more, be it done or failed. After the last `accept`. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #startNext(): void {
    if (this.#underWay.size >= this.#concurrency || this.#crew.signal.aborted) return;
    const message = this.#waiting.shift();
    if (message === undefined) return;
    const running = this.#put(message)
      .catch((error: unknown) => this.#crew.fail(error))
      .finally(() => {
        this.#underWay.delete(running);
        this.#ring.giveCredit();
        this.#startNext();
      });
    this.#underWay.add(running);
  }

  async #put({ store: number, digest, entry, packed, plainLength, proveFirst }: PutMessage): Promise<void> {
    const { store } = this.#stores[number]!;
    const { index, method } = this.#ready[number]!;
    const counts = this.counts[number]!;
    const { signal } = this.#crew;
    const found = proveFirst ? await this.#prove(number, digest, method) : 'missing';
    if (typeof found === 'number') {
      index.settle(entry, blockState.proven, found);
      counts.reused++;
      this.#ring.addTotal(total.reused, plainLength);
      return;
    }
    await store.put(blockKey(digest), packed, { signal });
    index.settle(entry, blockState.written, packed.length);
    counts.written++;
    counts.bytesWritten += packed.length;
    if (found === 'unsound') counts.healed++;
  }

  /** The packed size of a stored block that matches its name, or what is wrong with it. */
  async #prove(
    number: number,
    digest: BlockDigest,
    method: CompressionMethod,
  ): Promise<number | 'missing' | 'unsound'> {
    try {
      const stored = await this.#stores[number]!.store.get(blockKey(digest), { signal: this.#crew.signal });
      decodeBlockSync(method, stored, digest);
      return stored.length;
    } catch (error) {
      if (isBackupError(error, 'BLOB_NOT_FOUND')) return 'missing';
      if (isBackupError(error, 'DATA_CORRUPT')) return 'unsound';
      throw error;
    }
  }
}
