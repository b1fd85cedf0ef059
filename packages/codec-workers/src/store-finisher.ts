import { blockState, isBackupError } from '@hayloft/engine';
import type { BlockDigest, BlockIndex, CompressionMethod, CutStore } from '@hayloft/engine';
import { discardStaged, publishStaged, syncFolders } from '@hayloft/directory-store';
import { blockKey, decodeBlockSync } from '@hayloft/longhorn-format';
import type { Crew } from './crew.ts';
import type { PublishMessage, PutMessage, ReuseCounts, StoreCounts } from './messages.ts';
import type { Ring } from './ring.ts';
import { total } from './ring-layout.ts';

interface ReadyStore {
  readonly index: BlockIndex;
  readonly method: CompressionMethod;
}

/**
 * The part of storing blocks that waits, for the disk or the network: on the main thread, at most `concurrency` blocks
 * at a time. Each block holds a credit until it is stored, which bounds what is in memory.
 */
export class StoreFinisher {
  /** What was done for each store, by workers and by this thread. */
  readonly counts: readonly StoreCounts[];
  readonly #stores: readonly CutStore[];
  readonly #ready: (ReadyStore | undefined)[];
  /** Of each store that is a directory: folders whose entries are not durable yet. */
  readonly #folders: readonly Set<string>[];
  readonly #ring: Ring;
  readonly #crew: Crew;
  readonly #concurrency: number;
  readonly #waiting: (PutMessage | PublishMessage)[] = [];
  readonly #underWay = new Set<Promise<void>>();

  constructor(stores: readonly CutStore[], ring: Ring, crew: Crew, concurrency: number) {
    this.#stores = stores;
    this.#ready = stores.map(() => undefined);
    this.#folders = stores.map(() => new Set<string>());
    this.#ring = ring;
    this.#crew = crew;
    this.#concurrency = concurrency;
    this.counts = stores.map(() => ({ written: 0, healed: 0, reused: 0, reusedVerified: true, bytesWritten: 0 }));
  }

  open(store: number, ready: ReadyStore): void {
    this.#ready[store] = ready;
  }

  /** Adds what a worker found there. */
  add(store: number, found: ReuseCounts): void {
    const counts = this.counts[store]!;
    counts.reused += found.reused;
    counts.reusedVerified &&= found.reusedVerified;
  }

  accept(message: PutMessage | PublishMessage): void {
    this.#waiting.push(message);
    this.#startNext();
  }

  /** Resolves when every block that was accepted is stored or, after a failure, put away; nothing is under way then. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Makes the names of the blocks in directories durable. */
  async syncFolders(): Promise<void> {
    for (const [number, { store }] of this.#stores.entries()) {
      if (store.directory !== undefined) await syncFolders(store.directory.path, this.#folders[number]!, this.#crew);
    }
  }

  #startNext(): void {
    // After a failure what waits is only put away, and quickly.
    if (this.#underWay.size >= this.#concurrency) return;
    const message = this.#waiting.shift();
    if (message === undefined) return;
    const running = this.#finish(message)
      .catch((error: unknown) => this.#crew.fail(error))
      .finally(() => {
        this.#underWay.delete(running);
        this.#ring.giveCredit();
        this.#startNext();
      });
    this.#underWay.add(running);
  }

  async #finish(message: PutMessage | PublishMessage): Promise<void> {
    if (message.kind === 'publish') await this.#publish(message);
    else if (!this.#crew.signal.aborted) await this.#put(message);
  }

  async #publish({ store: number, digest, entry, staged, packedLength, heals }: PublishMessage): Promise<void> {
    if (this.#crew.signal.aborted) return await discardStaged(staged);
    const { path } = this.#stores[number]!.store.directory!;
    this.#folders[number]!.add(await publishStaged(path, staged, blockKey(digest), this.#crew));
    this.#countWritten(number, entry, packedLength, heals);
  }

  async #put({ store: number, digest, entry, packed, plainLength, proveFirst }: PutMessage): Promise<void> {
    const { index, method } = this.#ready[number]!;
    const found = proveFirst ? await this.#prove(number, digest, method) : 'missing';
    if (typeof found === 'number') {
      index.settle(entry, blockState.proven, found);
      this.counts[number]!.reused++;
      this.#ring.addTotal(total.reused, plainLength);
      return;
    }
    await this.#stores[number]!.store.put(blockKey(digest), packed, this.#crew);
    this.#countWritten(number, entry, packed.length, found === 'unsound');
  }

  /** The packed size of a stored block that matches its name, or what is wrong with it. */
  async #prove(
    number: number,
    digest: BlockDigest,
    method: CompressionMethod,
  ): Promise<number | 'missing' | 'unsound'> {
    try {
      const stored = await this.#stores[number]!.store.get(blockKey(digest), this.#crew);
      decodeBlockSync(method, stored, digest);
      return stored.length;
    } catch (error) {
      if (isBackupError(error, 'BLOB_NOT_FOUND')) return 'missing';
      if (isBackupError(error, 'DATA_CORRUPT')) return 'unsound';
      throw error;
    }
  }

  #countWritten(number: number, entry: number, packedLength: number, heals: boolean): void {
    this.#ready[number]!.index.settle(entry, blockState.written, packedLength);
    const counts = this.counts[number]!;
    counts.written++;
    counts.bytesWritten += packedLength;
    if (heals) counts.healed++;
  }
}
