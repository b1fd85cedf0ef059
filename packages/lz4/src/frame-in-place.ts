import type { Lz4Codec } from './codec.ts';

// The frame that Longhorn writes: version 1, independent blocks, no block checksums, no content size, a content
// checksum, block class 4 MiB; then the header's own checksum. It is the same for every block.
const header = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x64, 0x70, 0xb9);
const contentStart = header.length + 4;
/** Header, one block's length, end mark and content checksum. */
const overheadBytes = contentStart + 8;
const storedFlag = 0x8000_0000;

/** Largest content of one data block of that frame. */
export const contentBytesMax: number = 4 * 1024 * 1024;

/** Where a frame's plain bytes lie, where the packed ones go, and the compressor's scratch; byte offsets into the memory. */
export interface FramePlace {
  readonly source: number;
  /** At most 4 MiB. */
  readonly length: number;
  /** Room for `frameCapacity(length)` bytes. */
  readonly target: number;
  /** `lz4TableBytes` of scratch. */
  readonly table: number;
}

/** The most bytes that a frame of `plainLength` bytes takes: data that does not shrink is stored as it is. */
export function frameCapacity(plainLength: number): number {
  return plainLength + overheadBytes;
}

/** Packs plain bytes of the codec's memory as one frame, byte for byte as Longhorn frames a block, and returns its length. */
export function writeFrame(codec: Lz4Codec, memory: Uint8Array, place: FramePlace): number {
  const { source, length, target, table } = place;
  memory.set(header, target);
  const view = new DataView(memory.buffer, memory.byteOffset);
  let end = target + header.length;
  if (length > 0) {
    const content = end + 4;
    // One byte less than the plain ones, or it does not pay.
    const packed = codec.compress(source, length, content, length - 1, table);
    if (packed === 0) memory.copyWithin(content, source, source + length);
    view.setUint32(end, packed === 0 ? storedFlag + length : packed, true);
    end = content + (packed === 0 ? length : packed);
  }
  view.setUint32(end, 0, true);
  view.setUint32(end + 4, codec.xxh32(source, length), true);
  return end + 8 - target;
}

/**
 * Unpacks a frame as `writeFrame` makes it from `source` to `target`, and returns the plain length. Undefined for every
 * other frame, sound or not: `decodeFrame` knows.
 */
export function unpackSingleBlockFrame(
  codec: Lz4Codec,
  memory: Uint8Array,
  place: { readonly source: number; readonly length: number; readonly target: number; readonly capacity: number },
): number | undefined {
  const { source, length, target, capacity } = place;
  if (length < overheadBytes) return undefined;
  for (let i = 0; i < header.length; i++) if (memory[source + i] !== header[i]) return undefined;
  const view = new DataView(memory.buffer, memory.byteOffset);
  const size = view.getUint32(source + header.length, true);
  const packed = size % storedFlag;
  if (packed === 0 || packed !== length - overheadBytes) return undefined;
  const content = source + contentStart;
  if (view.getUint32(content + packed, true) !== 0) return undefined;
  let plain: number;
  if (size < storedFlag) plain = codec.decompress(content, packed, target, capacity, target);
  else {
    plain = packed <= capacity ? packed : -1;
    if (plain > 0) memory.copyWithin(target, content, content + packed);
  }
  // Compared although callers have a stronger hash: Longhorn refuses the frame if it is wrong.
  const checksum = view.getUint32(content + packed + 4, true);
  return plain >= 0 && codec.xxh32(target, plain) === checksum ? plain : undefined;
}
