import { contentBytesMax, frameCapacity, writeFrame } from './frame-in-place.ts';
import type { PrivateMemory } from './private-memory.ts';
import { privateMemory } from './private-memory.ts';

// The format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md

const frameMagic = 0x184d2204;
const legacyMagic = 0x184c2102;
const skippableMagic = 0x184d2a50; // the lowest four bits are free
const storedFlag = 0x8000_0000;
const legacyBlockBytes = 8 * 1024 * 1024;
/** Incompressible data grows by a byte in 255 and a few; no legacy block is longer. */
const legacyPackedBytesMax = legacyBlockBytes + legacyBlockBytes / 255 + 16;

/** Packs at most 4 MiB as one frame, byte for byte as Longhorn frames a block. `RangeError` for more. */
export function encodeFrame(plain: Uint8Array): Uint8Array {
  if (plain.length > contentBytesMax) {
    throw new RangeError(`a frame of one data block holds ${contentBytesMax} bytes at most, not ${plain.length}`);
  }
  const { codec, table, start, room } = privateMemory();
  const target = start + plain.length;
  const memory = room(plain.length + frameCapacity(plain.length));
  memory.set(plain, start);
  const length = writeFrame(codec, memory, { source: start, length: plain.length, target, table });
  return memory.slice(target, target + length);
}

/**
 * The plain bytes of LZ4 frames, one or several after another: linked or independent blocks of any size, with or
 * without checksums and content size, legacy and skippable frames. A frame that was cut right before its end mark or
 * content checksum passes, as it does in Longhorn. Throws an `Error` with the reason for everything else, and for
 * content of more than `plainLengthMax` bytes.
 */
export function decodeFrame(frame: Uint8Array, plainLengthMax: number): Uint8Array {
  const { codec, start, room } = privateMemory();
  const memory = room(frame.length + plainLengthMax);
  memory.set(frame, start);
  const content = start + frame.length;
  const reader = { codec, memory, view: new DataView(memory.buffer), at: start, end: content };
  const output: Output = { start: content, at: content, end: content + plainLengthMax };

  let frames = 0;
  while (reader.at < reader.end) {
    const magic = takeWord(reader, 'magic number');
    if ((magic & 0xffff_fff0) >>> 0 === skippableMagic) take(reader, takeWord(reader, 'length'), 'skippable frame');
    else if (magic === frameMagic) readFrame(reader, output, ++frames);
    else if (magic === legacyMagic) readLegacyFrame(reader, output, ++frames);
    else throw malformed(frames === 0 ? 'bad magic number' : 'bytes after the last frame are no frame');
  }
  if (frames === 0) throw malformed('there is none');
  return memory.slice(content, output.at);
}

/** The packed bytes, and how far they are read. */
interface Reader {
  readonly codec: PrivateMemory['codec'];
  readonly memory: Uint8Array;
  readonly view: DataView;
  at: number;
  readonly end: number;
}

/** The plain bytes: addresses of their start, of the next one, and of the end of the room. */
interface Output {
  readonly start: number;
  at: number;
  readonly end: number;
}

function readFrame(reader: Reader, output: Output, number: number): void {
  const header = readHeader(reader);
  const contentStart = output.at;
  for (;;) {
    if (reader.at === reader.end) break; // cut right before the end mark
    const word = takeWord(reader, 'block length');
    if (word === 0) {
      if (header.contentChecksum && reader.at < reader.end) {
        const checksum = takeWord(reader, 'content checksum');
        if (checksum !== reader.codec.xxh32(contentStart, output.at - contentStart)) {
          throw malformed(`frame ${number} does not match its content checksum`);
        }
      }
      break;
    }
    const length = word % storedFlag;
    if (length > header.blockBytesMax) throw malformed(`a block of ${length} bytes is longer than the header allows`);
    const block = take(reader, length, 'block');
    if (header.blockChecksums && takeWord(reader, 'block checksum') !== reader.codec.xxh32(block, length)) {
      throw malformed('a block does not match its checksum');
    }
    if (word >= storedFlag) copyBlock(reader, output, block, length);
    else
      unpackBlock(reader, output, {
        block,
        length,
        plainMax: header.blockBytesMax,
        windowStart: header.linked ? contentStart : output.at,
      });
  }
  const size = output.at - contentStart;
  if (header.contentBytes !== undefined && header.contentBytes !== BigInt(size)) {
    throw malformed(`frame ${number} announces ${header.contentBytes} bytes and holds ${size}`);
  }
}

interface FrameHeader {
  readonly linked: boolean;
  readonly blockChecksums: boolean;
  readonly contentChecksum: boolean;
  readonly blockBytesMax: number;
  readonly contentBytes: bigint | undefined;
}

function readHeader(reader: Reader): FrameHeader {
  const start = take(reader, 2, 'header');
  const flags = reader.memory[start]!;
  const sizes = reader.memory[start + 1]!;
  if (flags >> 6 !== 1) throw malformed(`version ${flags >> 6} is not known`);
  const blockClass = (sizes >> 4) & 7;
  if ((flags & 2) !== 0 || (sizes & 0x8f) !== 0 || blockClass < 4) throw malformed('header has reserved bits set');
  if ((flags & 1) !== 0) throw malformed('it needs a dictionary');
  const contentBytes = (flags & 8) === 0 ? undefined : reader.view.getBigUint64(take(reader, 8, 'content size'), true);
  const expected = (reader.codec.xxh32(start, reader.at - start) >> 8) & 0xff;
  if (reader.memory[take(reader, 1, 'header checksum')] !== expected) throw malformed('wrong header checksum');
  return {
    linked: (flags & 0x20) === 0,
    blockChecksums: (flags & 0x10) !== 0,
    contentChecksum: (flags & 4) !== 0,
    blockBytesMax: 2 ** (8 + 2 * blockClass),
    contentBytes,
  };
}

/** Blocks without any header or mark: the end of the bytes, or another magic number, ends it. */
function readLegacyFrame(reader: Reader, output: Output, number: number): void {
  while (reader.at < reader.end) {
    const length = takeWord(reader, 'block length');
    if (length > legacyPackedBytesMax) {
      reader.at -= 4;
      return;
    }
    const block = take(reader, length, `block of legacy frame ${number}`);
    unpackBlock(reader, output, { block, length, plainMax: legacyBlockBytes, windowStart: output.at });
  }
}

interface PackedBlock {
  readonly block: number;
  readonly length: number;
  readonly plainMax: number;
  readonly windowStart: number;
}

function unpackBlock({ codec }: Reader, output: Output, { block, length, plainMax, windowStart }: PackedBlock): void {
  const room = output.end - output.at;
  const plain = codec.decompress(block, length, output.at, Math.min(room, plainMax), windowStart);
  if (plain < 0) {
    throw malformed(
      room < plainMax
        ? `a block is damaged, or there is more than ${output.end - output.start} bytes`
        : 'a block is damaged',
    );
  }
  output.at += plain;
}

function copyBlock({ memory }: Reader, output: Output, block: number, length: number): void {
  if (length > output.end - output.at) throw malformed(`there is more than ${output.end - output.start} bytes`);
  memory.copyWithin(output.at, block, block + length);
  output.at += length;
}

/** Moves on by `length` bytes and returns their address. */
function take(reader: Reader, length: number, what: string): number {
  const start = reader.at;
  if (length > reader.end - start) throw malformed(`it ends within a ${what}`);
  reader.at += length;
  return start;
}

function takeWord(reader: Reader, what: string): number {
  return reader.view.getUint32(take(reader, 4, what), true);
}

function malformed(reason: string): Error {
  return new Error(`lz4 frame: ${reason}`);
}
