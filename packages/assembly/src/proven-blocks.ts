import { createHash } from 'node:crypto';
import type { BlobInfo, BlockDigest } from '@hayloft/engine';

/**
 * Blocks that this machine proved, as the store listed them: sorted records of digest (32 bytes), size and time in
 * milliseconds (8 bytes each, little-endian), after a header and before a SHA-256 of it all. A table and not a map: a store
 * of 1 TiB has half a million blocks, 25 MB here.
 */
export class ProvenBlocks {
  static readonly empty: ProvenBlocks = new ProvenBlocks(Buffer.alloc(0));
  readonly #records: Buffer;

  private constructor(records: Buffer) {
    this.#records = records;
  }

  get count(): number {
    return this.#records.length / recordBytes;
  }

  /** The table in a file's bytes; an empty one when they are anything else. */
  static parse(bytes: Uint8Array): ProvenBlocks {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = file.length - checkBytes;
    if (end < header.length || (end - header.length) % recordBytes !== 0) return ProvenBlocks.empty;
    if (!file.subarray(0, header.length).equals(header)) return ProvenBlocks.empty;
    if (!sha256(file.subarray(0, end)).equals(file.subarray(end))) return ProvenBlocks.empty;
    return new ProvenBlocks(file.subarray(header.length, end));
  }

  serialise(): Buffer {
    const body = Buffer.concat([header, this.#records]);
    return Buffer.concat([body, sha256(body)]);
  }

  has(digest: BlockDigest, { sizeBytes, modifiedAt }: BlobInfo): boolean {
    const at = this.#find(Buffer.from(digest, 'hex'));
    if (at < 0) return false;
    const size = this.#records.readDoubleLE(at + sizeAt);
    return size === sizeBytes && this.#records.readDoubleLE(at + timeAt) === modifiedAt.getTime();
  }

  /** This table with those blocks in it; beyond `blocksMax`, blocks that were not seen now are forgotten. */
  with(blocks: Iterable<{ readonly digest: BlockDigest; readonly listed: BlobInfo }>, blocksMax: number): ProvenBlocks {
    const fresh = new Map<string, Buffer>();
    for (const { digest, listed } of blocks) {
      if (fresh.size >= blocksMax) break;
      fresh.set(digest, recordOf(digest, listed));
    }
    const records = [...fresh.values()];
    for (let at = 0; at < this.#records.length && records.length < blocksMax; at += recordBytes) {
      const record = this.#records.subarray(at, at + recordBytes);
      if (!fresh.has(record.toString('hex', 0, digestBytes))) records.push(record);
    }
    records.sort((a, b) => Buffer.compare(a, b));
    return new ProvenBlocks(Buffer.concat(records));
  }

  /** Where the record of that digest begins, or -1. */
  #find(digest: Buffer): number {
    let [low, high] = [0, this.count - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = middle * recordBytes;
      const order = this.#records.compare(digest, 0, digestBytes, at, at + digestBytes);
      if (order === 0) return at;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

const header = Buffer.from('hayloft proven 1\n');
const digestBytes = 32;
const sizeAt = digestBytes;
const timeAt = digestBytes + 8;
const recordBytes = digestBytes + 16;
const checkBytes = 32;

function recordOf(digest: BlockDigest, { sizeBytes, modifiedAt }: BlobInfo): Buffer {
  const record = Buffer.alloc(recordBytes);
  record.write(digest, 'hex');
  record.writeDoubleLE(sizeBytes, sizeAt);
  record.writeDoubleLE(modifiedAt.getTime(), timeAt);
  return record;
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
