/** First 32 bytes of a block's hash as 64 lower-case hex digits. */
export type BlockDigest = string;

const digestBytes = 32;

/**
 * Which block stands in each window of an image: 32 bytes a window, all zero bytes for a hole.
 *
 * A table and not a list of objects: 1 TiB has 524,288 windows, 16 MiB here. It may lie in shared memory, so that
 * worker threads fill it. (No real digest is 32 zero bytes: finding one is a preimage attack on SHA-512.)
 */
export class BlockMap {
  readonly sizeBytes: number;
  readonly blockSizeBytes: number;
  /** Windows, holes included: `ceil(sizeBytes / blockSizeBytes)`. */
  readonly count: number;
  readonly table: Uint8Array;

  constructor(sizeBytes: number, blockSizeBytes: number, table?: Uint8Array) {
    this.sizeBytes = sizeBytes;
    this.blockSizeBytes = blockSizeBytes;
    this.count = Math.ceil(sizeBytes / blockSizeBytes);
    this.table = table ?? new Uint8Array(this.count * digestBytes);
    if (this.table.byteLength < this.count * digestBytes) {
      throw new RangeError(`block table of ${this.table.byteLength} bytes is too short for ${this.count} windows`);
    }
  }

  /** A map whose table other threads may fill. */
  static shared(sizeBytes: number, blockSizeBytes: number): BlockMap {
    const count = Math.ceil(sizeBytes / blockSizeBytes);
    return new BlockMap(sizeBytes, blockSizeBytes, new Uint8Array(new SharedArrayBuffer(count * digestBytes)));
  }

  isHole(index: number): boolean {
    const start = index * digestBytes;
    for (let i = start; i < start + digestBytes; i++) if (this.table[i] !== 0) return false;
    return true;
  }

  /** The digest at `index`, or undefined for a hole. */
  at(index: number): BlockDigest | undefined {
    return this.isHole(index) ? undefined : digestFromBytes(this.table, index * digestBytes);
  }

  /** Sets the digest at `index`; undefined makes it a hole. */
  set(index: number, digest: BlockDigest | undefined): void {
    if (index < 0 || index >= this.count) throw new RangeError(`window ${index} is outside 0…${this.count - 1}`);
    if (digest === undefined) this.table.fill(0, index * digestBytes, (index + 1) * digestBytes);
    else digestToBytes(digest, this.table, index * digestBytes);
  }

  /** True length of window `index`: the last one may be short. */
  lengthAt(index: number): number {
    return Math.min(this.blockSizeBytes, this.sizeBytes - index * this.blockSizeBytes);
  }

  /** Every window that is not a hole, ascending. */
  *entries(): Generator<{ readonly index: number; readonly offset: number; readonly digest: BlockDigest }> {
    for (let index = 0; index < this.count; index++) {
      const digest = this.at(index);
      if (digest !== undefined) yield { index, offset: index * this.blockSizeBytes, digest };
    }
  }

  /** Windows that are not holes, and how many different blocks they name. */
  counts(): { readonly total: number; readonly unique: number } {
    const seen = new Set<BlockDigest>();
    let total = 0;
    for (const { digest } of this.entries()) {
      total++;
      seen.add(digest);
    }
    return { total, unique: seen.size };
  }
}

export function digestFromBytes(bytes: Uint8Array, start: number): BlockDigest {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, digestBytes).toString('hex');
}

export function digestToBytes(digest: BlockDigest, bytes: Uint8Array, start: number): void {
  if (Buffer.from(bytes.buffer, bytes.byteOffset + start, digestBytes).write(digest, 'hex') !== digestBytes) {
    throw new RangeError(`"${digest}" is not a block digest of 64 hex digits`);
  }
}
