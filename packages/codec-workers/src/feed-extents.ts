import { BackupError } from '@hayloft/engine';
import type { Extent, ImageSource } from '@hayloft/engine';
import { blockSizeBytes } from '@hayloft/longhorn-format';
import type { DigestTable } from './digest-table.ts';
import { sourceChangedRemedy } from './file-bytes.ts';
import { slotWord, total } from './ring-layout.ts';
import type { Ring } from './ring.ts';

export interface Feed {
  readonly ring: Ring;
  readonly source: ImageSource;
  /** The first ordinal to fill, and the offset in the image that it stands for. */
  readonly firstOrdinal: number;
  readonly from: number;
  readonly digests: DigestTable;
  /** Called when every window up to this offset is done with; not called for each. */
  readonly onPassed: (offset: number) => void;
  readonly signal: AbortSignal;
}

/** Where the image ended, and in how many ordinals. */
export interface Fed {
  readonly sizeBytes: number;
  readonly end: number;
}

/**
 * Copies a source's extents into the ring, window by window. Windows in which there is only hole take no slot, so a
 * hole costs nothing however long it is. `SOURCE_CHANGED` when the source breaks its word.
 */
export async function feedExtents(feed: Feed): Promise<Fed> {
  const { source, from, signal } = feed;
  const filler = new WindowFiller(feed);
  for await (const extent of source.extents(from === 0 ? { signal } : { signal, from })) {
    signal.throwIfAborted();
    if (extent.offset !== filler.position) {
      throw changed(source, `yielded offset ${extent.offset} where ${filler.position} comes next`);
    }
    const end = extent.offset + lengthOf(extent);
    if (source.sizeBytes !== undefined && end > source.sizeBytes) {
      throw changed(source, `gave more than the ${source.sizeBytes} bytes that it has`);
    }
    if (extent.kind === 'hole') filler.addHole(extent.length);
    else await filler.addData(extent.bytes);
  }
  signal.throwIfAborted();
  const fed = filler.end();
  if (source.sizeBytes !== undefined && fed.sizeBytes !== source.sizeBytes) {
    throw changed(source, `gave ${fed.sizeBytes} bytes instead of ${source.sizeBytes}`);
  }
  return fed;
}

class WindowFiller {
  readonly #feed: Feed;
  #ordinal: number;
  #window: number;
  #filled = 0;
  /** Undefined while the window holds nothing but hole. */
  #slot: Uint8Array | undefined;

  constructor(feed: Feed) {
    this.#feed = feed;
    this.#ordinal = feed.firstOrdinal;
    this.#window = feed.from / blockSizeBytes;
  }

  /** Image bytes added so far. */
  get position(): number {
    return this.#window * blockSizeBytes + this.#filled;
  }

  addHole(length: number): void {
    const first = Math.min(length, blockSizeBytes - this.#filled);
    this.#slot?.fill(0, this.#filled, this.#filled + first);
    this.#advance(first);
    const windows = Math.floor((length - first) / blockSizeBytes);
    this.#skip(windows);
    this.#advance(length - first - windows * blockSizeBytes);
  }

  async addData(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const slot = (this.#slot ??= await this.#openSlot());
      const part = Math.min(bytes.length - done, blockSizeBytes - this.#filled);
      slot.set(bytes.subarray(done, done + part), this.#filled);
      this.#advance(part);
      done += part;
    }
  }

  end(): Fed {
    const sizeBytes = this.position;
    if (this.#filled > 0) this.#finishWindow();
    return { sizeBytes, end: this.#ordinal };
  }

  /** Waits until the slot is free: then the window that was in it, and all before, are done with. */
  async #openSlot(): Promise<Uint8Array> {
    const { ring, signal, digests, onPassed } = this.#feed;
    await ring.untilFree(this.#ordinal, signal);
    if (this.#ordinal >= ring.shape.slotCount) {
      const passed = Atomics.load(ring.words, ring.wordOf(slotWord.window, this.#ordinal));
      onPassed((passed + 1) * blockSizeBytes);
    }
    digests.reach(this.#window);
    const slot = ring.slot(this.#ordinal);
    slot.fill(0, 0, this.#filled); // what came of the window so far was hole
    return slot;
  }

  #advance(length: number): void {
    this.#filled += length;
    if (this.#filled === blockSizeBytes) this.#finishWindow();
  }

  #finishWindow(): void {
    const { ring } = this.#feed;
    if (this.#slot === undefined) ring.addTotal(total.done, this.#filled);
    else ring.announce(this.#ordinal++, this.#window, this.#filled);
    this.#slot = undefined;
    this.#filled = 0;
    this.#window++;
  }

  #skip(windows: number): void {
    this.#feed.ring.addTotal(total.done, windows * blockSizeBytes);
    this.#window += windows;
  }
}

function lengthOf(extent: Extent): number {
  return extent.kind === 'data' ? extent.bytes.length : extent.length;
}

function changed(source: ImageSource, what: string): BackupError {
  return new BackupError('SOURCE_CHANGED', `${source.description} ${what}`, { remedy: sourceChangedRemedy });
}
