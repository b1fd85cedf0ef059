import { BackupError } from '../errors.ts';
import type { BackupStore, BlobInfo, BlobKey, StoreCapabilities } from '../contracts/store.ts';
import { checkBlobKey } from '../store/blob-key.ts';
import type { SeededRandom } from './seeded-random.ts';

interface Entry {
  /** Undefined once deleted. */
  readonly data: Uint8Array | undefined;
  readonly modifiedAtMs: number;
  /** False while a power cut would still lose the bytes. */
  readonly synced: boolean;
  readonly writer: symbol;
  /** What a late listing still shows. */
  readonly before: { readonly sizeBytes: number; readonly modifiedAtMs: number } | undefined;
}

/** What several instances of one memory store share: the world outside, which outlives every process. */
export interface MemoryBlobs {
  /** Bytes under `key`, or undefined. Not a copy. */
  peek(key: BlobKey): Uint8Array | undefined;
  keys(): BlobKey[];
  /** Replaces bytes behind everybody's back, keeping the time: bit rot. */
  tamper(key: BlobKey, data: Uint8Array): void;
  /** What was put without `synced` turns into an empty file or vanishes, as after a rename that outran its data. */
  cutPower(random: SeededRandom): void;
}

export interface MemoryStoreOptions {
  readonly location?: string;
  readonly capabilities?: Partial<StoreCapabilities>;
  /** Another instance's blobs, to be a second process on the same store. */
  readonly blobs?: MemoryBlobs;
  /** The store's own clock, milliseconds since 1970. Shared blobs keep the clock they were made with. */
  readonly now?: () => number;
  /** How long this instance's listings may miss what others did. 0, always current, by default. */
  readonly listingLagMs?: number;
  /** False for a client that never syncs, as Longhorn's does not. */
  readonly synced?: boolean;
}

export interface MemoryStore extends BackupStore {
  readonly blobs: MemoryBlobs;
}

const everything: StoreCapabilities = { conditionalPut: true, consistentListing: true, concurrencyMax: 64 };

/** A store in memory that keeps every promise of the contract, and is the measure for the others. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const blobs = (options.blobs as Blobs | undefined) ?? new Blobs(options.now ?? Date.now);
  const location = options.location ?? 'memory:///';
  const capabilities = { ...everything, ...options.capabilities };
  const lagMs = options.listingLagMs ?? 0;
  const self = Symbol('instance');

  const found = (key: BlobKey): Entry & { readonly data: Uint8Array } => {
    checkBlobKey(key);
    const entry = blobs.entries.get(key);
    if (entry?.data !== undefined) return entry as Entry & { readonly data: Uint8Array };
    throw new BackupError('BLOB_NOT_FOUND', `there is no blob "${key}" in ${location}`, {
      remedy: 'Check the name and the target.',
    });
  };

  return {
    location,
    capabilities,
    blobs,
    put: async (key, data, { signal, ifAbsent }) => {
      signal.throwIfAborted();
      checkBlobKey(key);
      if (ifAbsent === true && !capabilities.conditionalPut) {
        throw new BackupError('INTERNAL', `${location} cannot put on condition`, { remedy: 'Report this bug.' });
      }
      if (ifAbsent === true && blobs.entries.get(key)?.data !== undefined) {
        throw new BackupError('BLOB_EXISTS', `"${key}" exists in ${location} already`, {
          remedy: 'Choose another name.',
        });
      }
      blobs.write(key, Uint8Array.from(data), self, options.synced ?? true);
    },
    get: async (key, { signal, range }) => {
      signal.throwIfAborted();
      const { data } = found(key);
      if (range === undefined) return Uint8Array.from(data);
      const { offset, length } = range;
      if (!(offset >= 0 && length >= 0 && offset + length <= data.length)) {
        throw new BackupError(
          'RANGE_INVALID',
          `bytes ${offset}+${length} lie outside "${key}" of ${data.length} bytes`,
          {
            remedy: 'Ask for bytes inside the blob.',
          },
        );
      }
      return data.slice(offset, offset + length);
    },
    stat: async (key, { signal }) => {
      signal.throwIfAborted();
      const { data, modifiedAtMs } = found(key);
      return { key, sizeBytes: data.length, modifiedAt: new Date(modifiedAtMs) };
    },
    list: async function* (prefix, { signal }) {
      signal.throwIfAborted();
      for (const info of blobs.listing(prefix, self, lagMs)) {
        yield info;
        signal.throwIfAborted();
      }
    },
    delete: async (key, { signal }) => {
      signal.throwIfAborted();
      checkBlobKey(key);
      blobs.write(key, undefined, self, true);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

class Blobs implements MemoryBlobs {
  readonly entries = new Map<BlobKey, Entry>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  write(key: BlobKey, data: Uint8Array | undefined, writer: symbol, synced: boolean): void {
    const old = this.entries.get(key);
    if (data === undefined && old?.data === undefined) return;
    const before = old?.data && { sizeBytes: old.data.length, modifiedAtMs: old.modifiedAtMs };
    this.entries.set(key, { data, modifiedAtMs: this.#now(), synced, writer, before });
  }

  /** One moment's listing; with a lag, others' latest changes may be missing from it. */
  listing(prefix: string, reader: symbol, lagMs: number): BlobInfo[] {
    const infos: BlobInfo[] = [];
    for (const [key, entry] of this.entries) {
      if (!key.startsWith(prefix)) continue;
      const late = entry.writer !== reader && this.#now() - entry.modifiedAtMs < lagMs;
      const sizeBytes = late ? entry.before?.sizeBytes : entry.data?.length;
      const modifiedAtMs = late ? entry.before?.modifiedAtMs : entry.modifiedAtMs;
      if (sizeBytes === undefined || modifiedAtMs === undefined) continue;
      infos.push({ key, sizeBytes, modifiedAt: new Date(modifiedAtMs) });
    }
    return infos;
  }

  peek(key: BlobKey): Uint8Array | undefined {
    return this.entries.get(key)?.data;
  }

  keys(): BlobKey[] {
    return [...this.entries].filter(([, entry]) => entry.data !== undefined).map(([key]) => key);
  }

  tamper(key: BlobKey, data: Uint8Array): void {
    const entry = this.entries.get(key);
    if (entry?.data === undefined) throw new RangeError(`there is no "${key}" to tamper with`);
    this.entries.set(key, { ...entry, data });
  }

  cutPower(random: SeededRandom): void {
    for (const [key, entry] of this.entries) {
      if (entry.synced || entry.data === undefined) continue;
      if (random.chance(0.5)) this.entries.set(key, { ...entry, data: new Uint8Array(0), synced: true });
      else this.entries.delete(key);
    }
  }
}
