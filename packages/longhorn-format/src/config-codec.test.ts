import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BlockMap, blobSizeBytesMax, isBackupError } from '@hayloft/engine';
import type { BackupConfig } from '@hayloft/engine';
import { blockSizeBytes } from './block-size.ts';
import { decodeConfig } from './config-decode.ts';
import { encodeConfig } from './config-encode.ts';
import { goldenStore } from './golden-store.ts';
import { configKey } from './layout.ts';

const digest = 'ab'.repeat(32);
const other = '0c'.repeat(32);

/** A complete config of 5 MiB with two blocks, some of its JSON replaced. */
function config(fields: Readonly<Record<string, string | undefined>> = {}): Buffer {
  const all: Record<string, string | undefined> = {
    Name: '"img-a"',
    Size: '"5242880"',
    BlockCount: '"2"',
    Checksum: '"cc"',
    Labels: 'null',
    CompressionMethod: '"lz4"',
    CreatedTime: '"2026-08-21T10:00:57Z"',
    CompleteTime: '"2026-08-21T10:01:00Z"',
    Secret: '""',
    SecretNamespace: '""',
    ProcessingBlocks: '{"Blocks":{}}',
    Blocks: `[{"Offset":0,"BlockChecksum":"${digest}"},{"Offset":4194304,"BlockChecksum":"${other}"}]`,
    ...fields,
  };
  const members = Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [`"${key}":${value}`]));
  return Buffer.from(`{${members.join(',')}}`);
}

const decode = (bytes: Uint8Array): BackupConfig => decodeConfig(bytes, 'img-a');

test('a config is read as it stands', () => {
  const { blocks, ...rest } = decode(config());
  expect(rest).toEqual({
    name: 'img-a',
    sizeBytes: 5242880,
    checksum: 'cc',
    labels: undefined,
    compression: 'lz4',
    createdAt: '2026-08-21T10:00:57Z',
    completedAt: '2026-08-21T10:01:00Z',
    secret: '',
    secretNamespace: '',
  });
  expect([blocks.at(0), blocks.at(1), blocks.at(2)]).toEqual([digest, undefined, other]);
});

test.each<[string, Uint8Array, Partial<BackupConfig>]>([
  ['an old config without a secret', config({ Secret: undefined, SecretNamespace: undefined }), { secret: '' }],
  ['no method, from before there was a choice', config({ CompressionMethod: '""' }), { compression: 'gzip' }],
  ['no method at all', config({ CompressionMethod: undefined }), { compression: 'gzip' }],
  ['null for a string', config({ Checksum: 'null', Secret: 'null' }), { checksum: '', secret: '' }],
  ['an unknown key', config({ Future: '{"a":[1,-2.5e3,true,false,null,"\\u0041"]}' }), { checksum: 'cc' }],
  ['keys in another case', Buffer.from(config().toString().replace('"Size"', '"ſiZE"')), { sizeBytes: 5242880 }],
  ['a repeated key: the last counts', config({ size: '"7340032"' }), { sizeBytes: 7340032 }],
  ['a null after a value changes nothing', config({ checksum: 'null' }), { checksum: 'cc' }],
  ['what follows the object', Buffer.from(`${config().toString()}}garbage`), { checksum: 'cc' }],
  [
    'white space',
    Buffer.from(config().toString().replaceAll('":', '" \n:\t').replaceAll(',"', ' ,\r"')),
    { sizeBytes: 5242880 },
  ],
  [
    'labels',
    config({ Labels: '{"k":"v","n":null,"__proto__":"p"}' }),
    {
      labels: Object.fromEntries([
        ['k', 'v'],
        ['n', ''],
        ['__proto__', 'p'],
      ]),
    },
  ],
  ['a lone surrogate', config({ Checksum: '"\\ud800x"' }), { checksum: '\ufffdx' }],
  ['a pair of surrogates', config({ Checksum: '"\\ud83d\\ude00"' }), { checksum: '😀' }],
  [
    'bytes that are not UTF-8',
    Buffer.from(config().toString('latin1').replace('"cc"', '"c\xff"'), 'latin1'),
    { checksum: 'c\ufffd' },
  ],
  [
    'in progress, without blocks',
    config({ CompleteTime: '""', Blocks: undefined, ProcessingBlocks: 'null' }),
    { completedAt: '' },
  ],
])('tolerated as in Longhorn: %s', (_what, bytes, expected) => {
  const { blocks: _blocks, ...rest } = decode(bytes);
  expect(rest).toMatchObject(expected);
});

const block = (offset: string, checksum = `"${digest}"`): string => `{"Offset":${offset},"BlockChecksum":${checksum}}`;

test.each<[string, Uint8Array, RegExp]>([
  ['an empty file', Buffer.alloc(0), /is empty/],
  ['a file of zeros', Buffer.alloc(100), /not JSON at byte 0/],
  ['a cut file', config().subarray(0, 300), /cut short after 300 bytes/],
  ['a list', Buffer.from('[]'), /an array where the config should be an object/],
  ['another folder’s config', config({ Name: '"img-b"' }), /Name "img-b": it is not/],
  ['a name that leads out', config({ Name: '"../x"' }), /Name "..\/x", which no backup/],
  ['a NUL in the name', config({ Name: '"a\\u0000b"' }), /Name "a\\u0000b"/],
  ['no name', config({ Name: undefined }), /Name ""/],
  ['a number for a string', config({ Name: '1' }), /a number where Name should be a string/],
  ['a size without quotes', config({ Size: '5242880' }), /a number where Size should be a string/],
  ['an empty size', config({ Size: '""' }), /Size ""/],
  ['a size with a blank', config({ Size: '" 12"' }), /Size " 12"/],
  ['a size with an exponent', config({ Size: '"1e3"' }), /Size "1e3"/],
  ['no size', config({ Size: undefined }), /Size "0"/],
  ['a size of zero', config({ Size: '"0"' }), /Size "0"/],
  ['a negative size', config({ Size: '"-5"' }), /Size "-5"/],
  ['a size beyond whole numbers', config({ Size: '"9007199254740993"' }), /Size "9007199254740993"/],
  ['a size that would take all memory', config({ Size: '"9007199254740991"' }), /Size "9007199254740991"/],
  ['an unknown method', config({ CompressionMethod: '"zstd"' }), /CompressionMethod "zstd"/],
  ['labels that are no strings', config({ Labels: '{"k":1}' }), /a number where the label "k"/],
  ['an offset between blocks', config({ Blocks: `[${block('512')}]` }), /offset 512, which is not a multiple/],
  ['an offset in quotes', config({ Blocks: `[${block('"0"')}]` }), /a string where Offset/],
  ['an offset with a fraction', config({ Blocks: `[${block('0.0')}]` }), /Offset "0.0"/],
  ['a negative offset', config({ Blocks: `[${block('-2097152')}]` }), /offset -2097152, outside/],
  ['an offset behind the end', config({ Blocks: `[${block('6291456')}]` }), /offset 6291456, outside/],
  ['the same offset twice', config({ Blocks: `[${block('0')},${block('0')}]` }), /offset 0 after one at 0/],
  ['descending offsets', config({ Blocks: `[${block('2097152')},${block('0')}]` }), /offset 0 after one at 2097152/],
  ['a short digest', config({ Blocks: `[${block('0', '"abcd"')}]` }), /BlockChecksum "abcd"/],
  ['an upper-case digest', config({ Blocks: `[${block('0', `"${'AB'.repeat(32)}"`)}]` }), /BlockChecksum "ABAB/],
  ['a digest that leads out', config({ Blocks: `[${block('0', '"../../../etc/passwd"')}]` }), /BlockChecksum "\.\./],
  [
    'a digest that would be a hole',
    config({ Blocks: `[${block('0', `"${'00'.repeat(32)}"`)}]` }),
    /BlockChecksum "0000/,
  ],
  ['a null for a block', config({ Blocks: '[null]' }), /BlockChecksum ""/],
  ['blocks that are missing', config({ BlockCount: '"3"' }), /counts 3 blocks but lists 2/],
  [
    'nothing listed of what was counted',
    config({ Blocks: undefined, BlockCount: '"1"' }),
    /counts 1 blocks but lists 0/,
  ],
  ['endless nesting', config({ Future: '['.repeat(100_000) }), /nested more than/],
  ['a number that is none', config({ Future: '01' }), /not JSON/],
  ['a control character in a string', config({ Checksum: '"a\nb"' }), /not JSON/],
  ['an unknown escape', config({ Checksum: '"\\x41"' }), /not JSON/],
])('STORE_INVALID, with the reason: %s', (_what, bytes, message) => {
  expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: 'STORE_INVALID' }));
  expect(() => decode(bytes)).toThrow(message);
});

test('an unknown method is put down to a newer Longhorn', () => {
  expect(() => decode(config({ CompressionMethod: '"zstd"' }))).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining('newer Longhorn') }),
  );
});

const anyDigest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const anyConfig: fc.Arbitrary<BackupConfig> = fc
  .record({
    name: fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}$/),
    sizeBytes: fc.integer({ min: 1, max: 40 * blockSizeBytes }),
    checksum: fc.string({ unit: 'grapheme' }),
    labels: fc.option(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
      nil: undefined,
    }),
    compression: fc.constantFrom('lz4', 'gzip', 'none'),
    createdAt: fc.string({ unit: 'grapheme' }),
    completedAt: fc.string({ unit: 'grapheme', minLength: 1 }),
    secret: fc.string({ unit: 'grapheme' }),
    secretNamespace: fc.string({ unit: 'grapheme' }),
    digests: fc.array(fc.option(anyDigest, { nil: undefined }), { minLength: 40, maxLength: 40 }),
  })
  .map(({ digests, ...rest }) => {
    const blocks = new BlockMap(rest.sizeBytes, blockSizeBytes);
    for (let index = 0; index < blocks.count; index++) blocks.set(index, digests[index]);
    return { ...rest, blocks };
  });

test('every config comes back as it was written', () => {
  fc.assert(
    fc.property(anyConfig, (written) => {
      const { labels, ...rest } = decodeConfig(encodeConfig(written), written.name);
      const { labels: writtenLabels, ...writtenRest } = written;
      expect(rest).toEqual(writtenRest);
      expect(labels && Object.entries(labels).sort()).toEqual(writtenLabels && Object.entries(writtenLabels).sort());
    }),
  );
});

/** Throws what decoding throws, unless it is the one kind of error that it may throw. */
function survives(bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (error) {
    if (!isBackupError(error, 'STORE_INVALID')) throw error;
  }
}

test('whatever the bytes, decoding gives a config or STORE_INVALID', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives));
  fc.assert(fc.property(fc.json(), (text) => survives(Buffer.from(text))));
  const values = fc.constantFrom('null', '""', '0', '-1', '[]', '{}', '[null]', '"\\ud800"', '1e999', 'tru', '"x');
  const keys = fc.constantFrom(
    'Name',
    'Size',
    'BlockCount',
    'Labels',
    'CompressionMethod',
    'Blocks',
    'ProcessingBlocks',
  );
  fc.assert(fc.property(fc.dictionary(keys, values), (fields) => survives(config(fields))));
});

test('whichever bytes of a config are damaged, decoding gives a config or STORE_INVALID', () => {
  const whole = goldenStore('lz4').get(configKey('labels'))!;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      (changes) => {
        const damaged = Uint8Array.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        survives(damaged);
        survives(damaged.subarray(0, changes[0]![0]));
      },
    ),
    { numRuns: 1000 },
  );
});

test('a backup in progress names no blocks', () => {
  const blocks = new BlockMap(blockSizeBytes, blockSizeBytes);
  blocks.set(0, digest);
  const text = Buffer.from(encodeConfig({ ...decode(config()), blocks, completedAt: '' })).toString();
  expect(text).toContain('"BlockCount":"0"');
  expect(text).toMatch(/"ProcessingBlocks":null\}$/);
});

test('1 TiB of data fits; an image whose list of blocks would not fit a blob is refused with the figure', () => {
  const sized = (count: number): BackupConfig => {
    const blocks = new BlockMap(count * blockSizeBytes, blockSizeBytes);
    blocks.table.fill(0xab);
    return { ...decode(config()), sizeBytes: blocks.sizeBytes, blocks };
  };
  const bytes = encodeConfig(sized(524_288));
  expect(bytes.length).toBeLessThanOrEqual(blobSizeBytesMax);
  expect(decode(bytes).blocks.at(524_287)).toBe(digest);

  expect(() => encodeConfig(sized(700_000))).toThrow(expect.objectContaining({ code: 'SOURCE_INVALID' }));
  expect(() => encodeConfig(sized(700_000))).toThrow(/700000 blocks of data, and the list of them takes \d+ bytes/);
});

test.each([0, -1, 1.5, NaN, 2 ** 44 + 1])('an image of %d bytes cannot be backed up', (sizeBytes) => {
  expect(() => encodeConfig({ ...decode(config()), sizeBytes })).toThrow(
    expect.objectContaining({ code: 'SOURCE_INVALID' }),
  );
});
