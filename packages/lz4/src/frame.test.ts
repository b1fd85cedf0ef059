import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLz4Codec, lz4ReservedBytes, lz4TableBytes } from './codec.ts';
import { frameCapacity, unpackSingleBlockFrame } from './frame-in-place.ts';
import { decodeFrame, encodeFrame } from './frame.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const word = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

function xxh32(bytes: Uint8Array): number {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  new Uint8Array(memory.buffer).set(bytes, lz4ReservedBytes);
  return createLz4Codec(memory).xxh32(lz4ReservedBytes, bytes.length);
}

interface Parts {
  readonly flags: number;
  readonly sizes?: number;
  readonly contentSize?: Uint8Array;
  readonly blocks: readonly Uint8Array[];
  /** What stands after the blocks; the end mark alone by default. */
  readonly end?: readonly Uint8Array[];
}

function frame({ flags, sizes = 0x40, contentSize = new Uint8Array(0), blocks, end = [word(0)] }: Parts): Uint8Array {
  const header = Buffer.concat([Uint8Array.of(flags, sizes), contentSize]);
  const checksum = Uint8Array.of((xxh32(header) >> 8) & 0xff);
  return Buffer.concat([word(0x184d2204), header, checksum, ...blocks, ...end]);
}

const stored = (content: string): Uint8Array =>
  Buffer.concat([word(0x80000000 + content.length), Buffer.from(content)]);
const packed = (bytes: Uint8Array): Uint8Array => Buffer.concat([word(bytes.length), bytes]);
/** Eight bytes from eight bytes back, then "tail!". */
const repeatEight = packed(hex('04 0800 50 7461696c21'));

const independent = 0x60;
const linked = 0x40;

test.each([
  ['Some random string', '04224d186470b9 12000080 536f6d652072616e646f6d20737472696e67 00000000 6cf813c2'],
  ['', '04224d186470b9 00000000 055dcc02'],
])('"%s" is framed byte for byte as Longhorn does', (plain, expected) => {
  expect(Buffer.from(encodeFrame(Buffer.from(plain))).toString('hex')).toBe(expected.replaceAll(' ', ''));
});

test("Longhorn's own frame of 512 zeros is read", () => {
  const longhorns = hex('04224d186470b9 18000000 1f000100ffda000200000200b00000000000000000000000 00000000 de53c132');
  expect(decodeFrame(longhorns, 512)).toEqual(new Uint8Array(512));
});

test('a block that does not shrink takes 19 bytes more, and comes back', () => {
  const noise = new Uint8Array(2 * 1024 * 1024);
  for (let at = 0, seed = ''; at < noise.length; at += 64) {
    const digest = createHash('sha512').update(seed).digest();
    noise.set(digest, at);
    seed = digest.toString('hex');
  }
  const frame = encodeFrame(noise);
  expect(frame.length).toBe(frameCapacity(noise.length));
  expect(Buffer.compare(decodeFrame(frame, noise.length), noise)).toBe(0);
});

test('more than one data block holds is refused', () => {
  expect(() => encodeFrame(new Uint8Array(4 * 1024 * 1024 + 1))).toThrow(RangeError);
});

const content = 'abcdefgh' + 'abcdefgh' + 'tail!';
const skippable = Buffer.concat([word(0x184d2a57), word(3), Buffer.from('any')]);
const plainFrame = frame({ flags: independent, blocks: [stored('abcdefgh')] });
test.each<[string, Uint8Array, string]>([
  ['linked blocks', frame({ flags: linked, blocks: [stored('abcdefgh'), repeatEight] }), content],
  ['several blocks', frame({ flags: independent, blocks: [stored('abc'), stored('def')] }), 'abcdef'],
  ['blocks of 256 KiB', frame({ flags: independent, sizes: 0x50, blocks: [stored('abc')] }), 'abc'],
  [
    'a content size',
    frame({ flags: independent + 8, contentSize: hex('0300000000000000'), blocks: [stored('abc')] }),
    'abc',
  ],
  [
    'block checksums',
    frame({ flags: independent + 16, blocks: [stored('abc'), word(xxh32(Buffer.from('abc')))] }),
    'abc',
  ],
  [
    'a content checksum',
    frame({ flags: independent + 4, blocks: [stored('abc')], end: [word(0), word(xxh32(Buffer.from('abc')))] }),
    'abc',
  ],
  ['no end mark', frame({ flags: independent + 4, blocks: [stored('abc')], end: [] }), 'abc'],
  ['no content checksum after the end mark', frame({ flags: independent + 4, blocks: [stored('abc')] }), 'abc'],
  ['a skippable frame before', Buffer.concat([skippable, plainFrame]), 'abcdefgh'],
  ['frames after one another', Buffer.concat([plainFrame, skippable, plainFrame]), 'abcdefghabcdefgh'],
  ['a legacy frame', Buffer.concat([word(0x184c2102), packed(hex('30 616263'))]), 'abc'],
  [
    'a frame after a legacy one',
    Buffer.concat([word(0x184c2102), packed(hex('30 616263')), plainFrame]),
    'abcabcdefgh',
  ],
])('a frame with %s is read', (_what, bytes, expected) => {
  expect(text(decodeFrame(bytes, 1000))).toBe(expected);
});

test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(0), 'there is none'],
  ['only a skippable frame', skippable, 'there is none'],
  ['other bytes', Buffer.from('no frame'), 'bad magic number'],
  ['trailing bytes', Buffer.concat([plainFrame, Buffer.from('more')]), 'bytes after the last frame are no frame'],
  ['one trailing byte', Buffer.concat([plainFrame, Uint8Array.of(0)]), 'ends within a magic number'],
  ['an end mark that is cut', plainFrame.subarray(0, -1), 'ends within a block length'],
  ['a block that is cut', plainFrame.subarray(0, -5), 'ends within a block'],
  ['a wrong header checksum', hex('04224d186470b8 00000000 055dcc02'), 'wrong header checksum'],
  ['a wrong content checksum', hex('04224d186470b9 00000000 055dcc03'), 'does not match its content checksum'],
  [
    'a wrong block checksum',
    frame({ flags: independent + 16, blocks: [stored('abc'), word(1)] }),
    'does not match its checksum',
  ],
  [
    'a wrong content size',
    frame({ flags: independent + 8, contentSize: hex('0400000000000000'), blocks: [stored('abc')] }),
    'announces 4 bytes and holds 3',
  ],
  ['another version', frame({ flags: 0x20, blocks: [] }), 'version 0'],
  ['a dictionary', frame({ flags: independent + 1, blocks: [] }), 'needs a dictionary'],
  ['a block class that does not exist', frame({ flags: independent, sizes: 0x30, blocks: [] }), 'reserved bits'],
  ['a block longer than its class', frame({ flags: independent, blocks: [stored('x'.repeat(65537))] }), 'longer than'],
  [
    'a match into the frame before',
    Buffer.concat([plainFrame, frame({ flags: linked, blocks: [repeatEight] })]),
    'damaged',
  ],
  [
    'a match into an independent block before',
    frame({ flags: independent, blocks: [stored('abcdefgh'), repeatEight] }),
    'damaged',
  ],
])('a frame with %s is refused', (_what, bytes, reason) => {
  expect(() => decodeFrame(bytes, 100_000)).toThrow(reason);
});

test('content longer than allowed is refused, not cut', () => {
  expect(() => decodeFrame(encodeFrame(new Uint8Array(1000)), 999)).toThrow('more than 999 bytes');
  expect(() => decodeFrame(frame({ flags: independent, blocks: [stored('abc')] }), 2)).toThrow('more than 2 bytes');
});

test('a frame with bytes changed or cut is read or refused with a reason, and never reaches further', () => {
  const plain = fc.array(fc.constantFrom('block ', 'image ', 'zz'), { maxLength: 300 }).map((words) => words.join(''));
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(plain, changes, fc.nat({ max: 40 }), (words, places, cut) => {
      const bytes = encodeFrame(Buffer.from(words));
      for (const [at, value] of places) bytes[at % bytes.length] = value;
      try {
        expect(decodeFrame(bytes.subarray(0, bytes.length - cut), 4000).length).toBeLessThanOrEqual(4000);
      } catch (error) {
        expect((error as Error).message).toMatch(/^lz4 frame: /);
      }
    }),
    { numRuns: 2000 },
  );
});

test('the short way reads our frames in place and leaves every other variety to decodeFrame', () => {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  const bytes = new Uint8Array(memory.buffer);
  const source = lz4ReservedBytes + lz4TableBytes;
  const target = source + 4096;
  const unpack = (frame: Uint8Array): string | undefined => {
    bytes.set(frame, source);
    const place = { source, length: frame.length, target, capacity: 1000 };
    const length = unpackSingleBlockFrame(createLz4Codec(memory), bytes, place);
    return length === undefined ? undefined : text(bytes.subarray(target, target + length));
  };
  expect(unpack(encodeFrame(Buffer.from('abc'.repeat(300))))).toBe('abc'.repeat(300));
  expect(unpack(encodeFrame(Buffer.from('abc')))).toBe('abc');
  expect(unpack(encodeFrame(new Uint8Array(1001)))).toBeUndefined();
  expect(unpack(plainFrame)).toBeUndefined();
  expect(unpack(Buffer.concat([encodeFrame(Buffer.from('abc')), plainFrame]))).toBeUndefined();
  expect(unpack(new Uint8Array(3))).toBeUndefined();
  const rotten = encodeFrame(Buffer.from('abc'));
  rotten[rotten.length - 1]! ^= 1;
  expect(unpack(rotten)).toBeUndefined();
});
