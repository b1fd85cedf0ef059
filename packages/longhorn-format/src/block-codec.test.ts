import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBackupError } from '@hayloft/engine';
import { blockDigest, compressionMethods, decodeBlockSync, encodeBlockSync, methodOf } from './block-codec.ts';
import { blockSizeBytes } from './block-size.ts';
import { packedSizeBounds } from './packed-size.ts';

const sample = Buffer.from('Some random string');

test.each([
  [sample, '78abe295e4bb791c65529ec30e2cf13aa8dd7ebc1df0bd05165c521d3bcc24ba'],
  [new Uint8Array(blockSizeBytes), '731859029215873fdac1c9f2f8bd25a334abf0f3a9e1b057cf2cacc2826d86b0'],
  [new Uint8Array(512), 'df40d4a774e0b453a5b87c00d6f0ef5d753143454e88ee5f7b607134598294c7'],
  [new Uint8Array(0), 'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce'],
])('a block has the name that Longhorn gives it', (plain, digest) => {
  expect(blockDigest(plain)).toBe(digest);
});

test('a block is framed as Longhorn frames it', () => {
  expect(Buffer.from(encodeBlockSync('lz4', sample)).toString('hex')).toBe(
    '04224d186470b912000080536f6d652072616e646f6d20737472696e67000000006cf813c2',
  );
  expect(encodeBlockSync('none', sample)).toEqual(sample);
});

/** Bytes from nothing but zeros to nothing but noise. */
const anyPlain = fc
  .tuple(fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 0, max: 2 ** 31 }), fc.constantFrom(0, 1, 3, 8))
  .map(([length, seed, noiseBits]) => noise(length, seed, noiseBits));

function noise(length: number, seed: number, bits: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed | 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = (state >>> 8) & ((1 << bits) - 1);
  }
  return bytes;
}

test.each(compressionMethods)('%s: a block comes back as it was, and its size is within the bounds', (method) => {
  const check = (plain: Uint8Array): void => {
    const stored = encodeBlockSync(method, plain);
    const { min, max } = packedSizeBounds(method, plain.length);
    expect(stored.length).toBeGreaterThanOrEqual(min);
    expect(stored.length).toBeLessThanOrEqual(max);
    expect(Buffer.compare(decodeBlockSync(method, stored, blockDigest(plain)), plain)).toBe(0);
  };
  fc.assert(fc.property(anyPlain, check));
  for (const bits of [0, 1, 8]) check(noise(blockSizeBytes, 7, bits));
});

test('a block that a power failure cut short is out of bounds', () => {
  for (const method of compressionMethods) expect(packedSizeBounds(method, blockSizeBytes).min).toBeGreaterThan(0);
  expect(packedSizeBounds('none', 512)).toEqual({ min: 512, max: 512 });
});

describe.each(compressionMethods)('a block stored as %s', (written) => {
  test.each(compressionMethods)('is read by an image that says %s', (method) => {
    const plain = noise(blockSizeBytes, 3, 4);
    expect(Buffer.compare(decodeBlockSync(method, encodeBlockSync(written, plain), blockDigest(plain)), plain)).toBe(0);
  });

  test('that is damaged, cut or another block’s is DATA_CORRUPT', () => {
    const plain = noise(4096, 5, 4);
    const digest = blockDigest(plain);
    const stored = encodeBlockSync(written, plain);
    expect(() => decodeBlockSync(written, stored, blockDigest(sample))).toThrow(corrupt(blockDigest(sample)));
    fc.assert(
      fc.property(fc.nat(stored.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(stored);
        damaged[at]! ^= change;
        for (const bytes of [damaged, stored.subarray(0, at)]) provesOrRefuses(bytes, digest, plain);
      }),
      { numRuns: 500 },
    );
  });
});

test('whatever the bytes, decoding is DATA_CORRUPT and nothing else', () => {
  const magic = fc.constantFrom('', '04224d18', '04224d186470b9', '02214c18', '502a4d18', '1f8b08', '1f8b080000000000');
  fc.assert(
    fc.property(magic, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
      const stored = Buffer.concat([Buffer.from(start, 'hex'), rest]);
      for (const method of compressionMethods) {
        expect(() => decodeBlockSync(method, stored, blockDigest(sample))).toThrow(corrupt(blockDigest(sample)));
      }
    }),
    { numRuns: 1000 },
  );
});

function corrupt(digest: string): unknown {
  return expect.objectContaining({ code: 'DATA_CORRUPT', message: expect.stringContaining(digest) });
}

/** A change that no reader looks at (a time stamp in a header) may pass, but only with the right bytes. */
function provesOrRefuses(stored: Uint8Array, digest: string, plain: Uint8Array): void {
  for (const method of compressionMethods) {
    try {
      expect(Buffer.compare(decodeBlockSync(method, stored, digest), plain)).toBe(0);
    } catch (error) {
      if (!isBackupError(error, 'DATA_CORRUPT')) throw error;
    }
  }
}

const frames = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/lz4-frames.json'), 'utf8')) as Record<
  string,
  string
>;

test.each(Object.entries(frames))('LZ4 of the lz4 program is read: %s', (_variety, frame) => {
  const plain = Buffer.alloc(200_000, 'a line that comes again and again; ');
  const stored = Buffer.from(frame, 'base64');
  expect(methodOf(stored)).toBe('lz4');
  expect(Buffer.compare(decodeBlockSync('lz4', stored, blockDigest(plain)), plain)).toBe(0);
  const { min, max } = packedSizeBounds('lz4', plain.length);
  expect(stored.length).toBeGreaterThanOrEqual(min);
  expect(stored.length).toBeLessThanOrEqual(max);
});

test('gzip of several members is one block', () => {
  const stored = Buffer.concat([gzipSync(sample.subarray(0, 5)), gzipSync(sample.subarray(5))]);
  expect(Buffer.from(decodeBlockSync('gzip', stored, blockDigest(sample)))).toEqual(sample);
});

test.each(compressionMethods)('%s: a bomb is DATA_CORRUPT, even under its right name', (method) => {
  const plain = new Uint8Array(blockSizeBytes + 1);
  // Two frames for LZ4, whose encoder takes no more than a block for granted.
  const packed = {
    lz4: Buffer.concat([encodeBlockSync('lz4', plain.subarray(1)), encodeBlockSync('lz4', plain.subarray(0, 1))]),
    gzip: gzipSync(plain),
    none: plain,
  };
  expect(() => decodeBlockSync(method, packed[method], blockDigest(plain))).toThrow(corrupt(blockDigest(plain)));
});

test('no block longer than 2 MiB is stored', () => {
  expect(() => encodeBlockSync('lz4', new Uint8Array(blockSizeBytes + 1))).toThrow(RangeError);
});
