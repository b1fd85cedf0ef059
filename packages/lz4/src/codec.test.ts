import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLz4Codec, lz4ReservedBytes, lz4TableBytes } from './codec.ts';
import { codecWasm } from './codec.wasm.generated.ts';
import { compileWasm } from './compile-wasm.ts';

const fenceBytes = 64;

const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });
const codec = createLz4Codec(memory);
const table = lz4ReservedBytes;

/** Lays source and target out with a fence of canaries around each, so that a byte written outside is seen. */
function fenced(source: Uint8Array, capacity: number, canary = 0xc5) {
  const sourceAt = lz4ReservedBytes + lz4TableBytes + fenceBytes;
  const targetAt = sourceAt + source.length + fenceBytes;
  const bytes = new Uint8Array(memory.buffer, 0, targetAt + capacity + fenceBytes);
  bytes.fill(canary, sourceAt - fenceBytes);
  bytes.set(source, sourceAt);
  const before = Buffer.from(bytes);
  const isIntact = (): boolean =>
    Buffer.compare(
      bytes.subarray(sourceAt - fenceBytes, targetAt),
      before.subarray(sourceAt - fenceBytes, targetAt),
    ) === 0 && Buffer.compare(bytes.subarray(targetAt + capacity), before.subarray(targetAt + capacity)) === 0;
  return { bytes, sourceAt, targetAt, isIntact };
}

function compress(plain: Uint8Array, capacity: number): Uint8Array | undefined {
  const { bytes, sourceAt, targetAt, isIntact } = fenced(plain, capacity);
  const length = codec.compress(sourceAt, plain.length, targetAt, capacity, table);
  expect(isIntact()).toBe(true);
  return length === 0 ? undefined : bytes.slice(targetAt, targetAt + length);
}

function decompress(packed: Uint8Array, capacity: number): Uint8Array | undefined {
  // With two different fences: a result that depends on them was read from outside.
  const [found, again] = [0x00, 0x1f].map((canary) => {
    const { bytes, sourceAt, targetAt, isIntact } = fenced(packed, capacity, canary);
    const length = codec.decompress(sourceAt, packed.length, targetAt, capacity, targetAt);
    expect(isIntact()).toBe(true);
    return length < 0 ? undefined : bytes.slice(targetAt, targetAt + length);
  });
  expect(found).toEqual(again);
  return found;
}

/** Runs of few values, repeated: what makes matches of all offsets and lengths. */
const compressible = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 24 }), fc.integer({ min: 1, max: 60 })), { maxLength: 40 })
  .map((runs) => Uint8Array.from(runs.flatMap(([run, count]) => Array.from({ length: count }, () => [...run]).flat())));

test('the scratch is as large as the module says', () => {
  const module = new WebAssembly.Module(Buffer.from(codecWasm, 'base64'));
  const { tableBytes } = new WebAssembly.Instance(module, { env: { memory } }).exports as { tableBytes: () => number };
  expect(tableBytes()).toBe(lz4TableBytes);
});

test('the embedded module is what assembly/ compiles to', async () => {
  expect(await compileWasm()).toContain(codecWasm);
}, 30_000);

test('what is compressed comes back, and no byte outside of the ranges is written', () => {
  fc.assert(
    fc.property(fc.oneof(compressible, fc.uint8Array({ maxLength: 400 })), (plain) => {
      const packed = compress(plain, plain.length + Math.ceil(plain.length / 255) + 16);
      expect(packed).toBeDefined();
      expect(decompress(packed!, plain.length)).toEqual(plain);
    }),
  );
});

test('compressing into less room than needed gives 0 or a whole block, never one that is cut', () => {
  fc.assert(
    fc.property(compressible, fc.integer({ min: 0, max: 600 }), (plain, capacity) => {
      const packed = compress(plain, capacity);
      if (packed !== undefined) expect(decompress(packed, plain.length)).toEqual(plain);
    }),
  );
});

test('hostile blocks never reach outside of the room they were given', () => {
  const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(compressible, fc.array(mutation, { maxLength: 4 }), fc.nat({ max: 2000 }), (plain, mutations, room) => {
      const packed = compress(plain, plain.length + 64)!;
      for (const [at, value] of mutations) packed[at % packed.length] = value;
      const found = decompress(packed, room);
      if (found !== undefined) expect(found.length).toBeLessThanOrEqual(room);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['no bytes', []],
  ['literals beyond the end', [0x50, 1, 2]],
  ['an offset of 0', [0x10, 1, 0, 0, 0x10, 1]],
  ['an offset before the first byte', [0x10, 1, 2, 0, 0x10, 1]],
  ['an offset that is cut', [0x10, 1, 1]],
  ['a length without end', [0xf0, 255, 255, 255]],
  ['a match at the very end', [0x10, 1, 1, 0]],
  ['more than there is room for', [0x1f, 1, 1, 0, 255, 255, 255, 0, 0x10, 1]],
])('a block with %s is refused', (_what, block) => {
  expect(decompress(Uint8Array.from(block), 100)).toBeUndefined();
});

test.each([
  ['', 0x02cc5d05],
  ['a', 0x550d7456],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
])('XXH32 of "%s" is the published value', (text, expected) => {
  const { sourceAt } = fenced(Buffer.from(text), 0);
  expect(codec.xxh32(sourceAt, text.length)).toBe(expected);
});
