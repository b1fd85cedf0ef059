import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BlockMap } from '@hayloft/engine';
import { decodeBackingCfg, encodeBackingCfg, goTime, parseGoTime } from './backing-cfg.ts';
import { parseState } from './file-in-the-making.ts';
import { parseImageFolder } from './image-names.ts';
import { decodeProof, encodeProof } from './proof-file.ts';
import { recogniseFormat } from './recognise-format.ts';

const identity = { sizeBytes: 300, modifiedAtNs: 1_700_000_000_123_456_789n, changedAtNs: 5n, inode: 2n ** 63n };

function proofOf(sizeBytes: number, checksum: string | undefined) {
  const blocks = new BlockMap(sizeBytes, 128);
  for (let index = 0; index < blocks.count; index += 2) blocks.set(index, `${index}f`.padStart(64, '0'));
  return { sizeBytes, checksum, blocks };
}

test('a list of block digests comes back as it was written', () => {
  for (const checksum of ['ab'.repeat(64), undefined]) {
    const proof = proofOf(300, checksum);
    expect(decodeProof(encodeProof(identity, proof))).toEqual({ identity, proof });
  }
});

test('a list of which any byte is changed, missing or added is refused with a sentence', () => {
  const bytes = encodeProof(identity, proofOf(300, 'ab'.repeat(64)));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= flip;
      expect(() => decodeProof(damaged)).toThrow(/^it|^its/);
      expect(() => decodeProof(bytes.subarray(0, at))).toThrow(/^it/);
      expect(() => decodeProof(Buffer.concat([bytes, Buffer.from([flip])]))).toThrow(/^it/);
    }),
  );
});

test('no bytes make a reader of lists, records or headers fail in another way than it says', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.uint8Array({ maxLength: 600 }).map((tail) => Buffer.concat([Buffer.from('HAYPROOF\x01\0\0\0', 'latin1'), tail])),
    fc.uint8Array({ maxLength: 600 }).map((tail) => Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), tail])),
    fc.uint8Array({ maxLength: 20 }).map((tail) => Buffer.concat([Buffer.from('LUKS\xba\xbe', 'latin1'), tail])),
  );
  fc.assert(
    fc.property(bytes, fc.nat(), (header, sizeBytes) => {
      expect(() => decodeProof(header)).toThrow(/^it/);
      const { virtualSizeBytes } = recogniseFormat(header, sizeBytes);
      expect(Number.isSafeInteger(virtualSizeBytes)).toBe(true);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect([undefined, 'object']).toContain(parseState(text) && typeof parseState(text));
      try {
        expect(decodeBackingCfg(text).sizeBytes).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(Error.isError(error)).toBe(true);
      }
    }),
  );
});

test('times are written as Go writes them and come back to the nanosecond', () => {
  expect(goTime(1_700_000_000_120_000_000n)).toBe('2023-11-14 22:13:20.12 +0000 UTC');
  expect(goTime(1_700_000_000_000_000_000n)).toBe('2023-11-14 22:13:20 +0000 UTC');
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), (ns) => {
      expect(parseGoTime(goTime(ns))).toBe(ns);
    }),
  );
  for (const text of ['', 'yesterday', '2023-13-99 99:99:99 +0000 UTC', 5, null])
    expect(parseGoTime(text)).toBeUndefined();
});

test('a record comes back as it was written', () => {
  const cfg = {
    filePath: '/d/backing',
    uuid: '0badcafe',
    sizeBytes: 1,
    virtualSizeBytes: 2,
    realSizeBytes: 3,
    expectedChecksum: '',
    currentChecksum: 'ab',
    modifiedAtNs: 5n,
  };
  expect(decodeBackingCfg(encodeBackingCfg(cfg))).toEqual(cfg);
});

test('a folder tells name and uuid, whatever dashes the name holds', () => {
  expect(parseImageFolder('a-b-c-0badcafe')).toEqual({ name: 'a-b-c', uuid: '0badcafe' });
  for (const folder of ['parrot', 'parrot-0badcaf', '-0badcafe', '..-0badcafe', 'parrot-0BADCAFE']) {
    expect(parseImageFolder(folder)).toBeUndefined();
  }
});

function qcow2(changes: (header: Buffer) => void = () => {}): Buffer {
  const header = Buffer.alloc(512);
  header.writeUInt32BE(0x514649fb, 0);
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(10n * 2n ** 30n, 24);
  changes(header);
  return header;
}

test('raw, qcow2 and LUKS are told apart by their first bytes', () => {
  const raw = { format: 'raw', virtualSizeBytes: 1024, encrypted: false };
  expect(recogniseFormat(Buffer.alloc(512), 1024)).toEqual(raw);
  expect(recogniseFormat(Buffer.from('QF'), 1024)).toEqual(raw);
  expect(recogniseFormat(qcow2(), 1024)).toEqual({ format: 'qcow2', virtualSizeBytes: 10 * 2 ** 30, encrypted: false });
  expect(
    recogniseFormat(
      qcow2((header) => header.writeUInt32BE(2, 32)),
      1024,
    ).encrypted,
  ).toBe(true);
  expect(recogniseFormat(Buffer.from('LUKS\xba\xbe\0\x02', 'latin1'), 1024)).toEqual({ ...raw, encrypted: true });
  for (const implausible of [
    qcow2((header) => header.writeUInt32BE(9, 4)),
    qcow2((header) => header.writeUInt32BE(60, 20)),
    qcow2((header) => header.writeBigUInt64BE(2n ** 63n, 24)),
    qcow2().subarray(0, 40),
  ]) {
    expect(recogniseFormat(implausible, 1024)).toEqual(raw);
  }
});
