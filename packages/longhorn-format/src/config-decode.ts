import { BackupError, BlockMap } from '@hayloft/engine';
import type { BackupConfig, CompressionMethod } from '@hayloft/engine';
import { blockSizeBytes, imageSizeBytesMax } from './block-size.ts';
import { GoJsonReader } from './go-json-reader.ts';
import { configKey, isDigest } from './layout.ts';
import { isName, printable } from './names.ts';

/**
 * Reads a config as tolerantly as Longhorn does: keys in any case, the last of a repeated key, `null` and missing keys
 * as zero values, unknown keys and what follows the object ignored, numbers in quotes.
 *
 * Strict where a wrong value would restore wrong bytes or lead out of the store: `STORE_INVALID` names it.
 */
export function decodeConfig(bytes: Uint8Array, name: string): BackupConfig {
  const fail = (what: string, remedy = damagedRemedy): never => {
    throw new BackupError('STORE_INVALID', `The config ${printable(configKey(name))} ${what}`, { remedy });
  };
  const fields = readFields(new GoJsonReader(bytes, fail));

  if (!isName(fields.Name)) fail(`has the Name "${printable(fields.Name)}", which no backup can have`);
  if (fields.Name !== name) fail(`has the Name "${printable(fields.Name)}": it is not the config of its folder`);
  const sizeBytes = integer(fields.Size, 'Size', fail);
  if (sizeBytes <= 0 || sizeBytes > imageSizeBytesMax) {
    fail(`has the Size "${printable(fields.Size)}"; an image has 1 byte to 16 TiB`);
  }
  const blockCount = integer(fields.BlockCount, 'BlockCount', fail);
  const compression = methodNamed(fields.CompressionMethod, fail);
  const blocks = new BlockMap(sizeBytes, blockSizeBytes);
  const listed = fields.blocksAt === undefined ? 0 : readBlocks(bytes, fields.blocksAt, blocks, fail);
  // Longhorn's writer, run without a worker, calls a backup complete that lists none of its blocks.
  if (blockCount > listed && fields.CompleteTime !== '') {
    fail(`counts ${blockCount} blocks but lists ${listed}: the image is not whole`);
  }
  return {
    name,
    sizeBytes,
    checksum: fields.Checksum,
    labels: fields.labels && Object.fromEntries(fields.labels),
    compression,
    createdAt: fields.CreatedTime,
    completedAt: fields.CompleteTime,
    secret: fields.Secret,
    secretNamespace: fields.SecretNamespace,
    blocks,
  };
}

type Fail = (what: string, remedy?: string) => never;

const damagedRemedy =
  'Bring the file back from a copy of the store, or delete the backup ("hayloft backup delete") and make it anew.';

const newerRemedy = 'A newer Longhorn may have written this backup: read it with a newer Hayloft, or with Longhorn.';

const stringKeys = [
  'Name',
  'Size',
  'BlockCount',
  'Checksum',
  'CompressionMethod',
  'CreatedTime',
  'CompleteTime',
  'Secret',
  'SecretNamespace',
] as const;
const otherKeys = ['Labels', 'ProcessingBlocks', 'Blocks'] as const;

type Fields = Record<(typeof stringKeys)[number], string> & {
  labels: Map<string, string> | undefined;
  /** Where the list of blocks begins: it can be read only once the size is known. */
  blocksAt: number | undefined;
};

function readFields(reader: GoJsonReader): Fields {
  const fields: Fields = {
    ...(Object.fromEntries(stringKeys.map((key) => [key, ''])) as Record<(typeof stringKeys)[number], string>),
    Size: '0',
    BlockCount: '0',
    labels: undefined,
    blocksAt: undefined,
  };
  reader.object('the config', (written) => {
    const key = keyAmong([...stringKeys, ...otherKeys], written);
    if (key === undefined) {
      reader.skip();
    } else if (key === 'Labels') {
      fields.labels = reader.null() ? undefined : readLabels(reader, fields.labels ?? new Map<string, string>());
    } else if (key === 'Blocks') {
      fields.blocksAt = reader.kind() === 'null' ? undefined : reader.position();
      reader.skip();
    } else if (key === 'ProcessingBlocks') {
      // Only a running writer has any, and they are listed in Blocks as well in the end.
      if (!reader.null()) reader.object(key, () => reader.skip());
    } else if (!reader.null()) {
      fields[key] = reader.string(key);
    }
  });
  return fields;
}

/** A repeated map adds to the one before it, as in Go. */
function readLabels(reader: GoJsonReader, labels: Map<string, string>): Map<string, string> {
  reader.object('Labels', (key) => {
    labels.set(key, reader.null() ? '' : reader.string(`the label "${printable(key)}"`));
  });
  return labels;
}

/** Fills `blocks` from the list that begins at `start` and returns how many windows it names. */
function readBlocks(bytes: Uint8Array, start: number, blocks: BlockMap, fail: Fail): number {
  const reader = new GoJsonReader(bytes, fail, start);
  let next = 0;
  let listed = 0;
  reader.array('Blocks', () => {
    let offsetText = '0';
    let digest = '';
    if (!reader.null()) {
      reader.object('an entry of Blocks', (written) => {
        const key = keyAmong(['Offset', 'BlockChecksum'], written);
        if (key === undefined) reader.skip();
        else if (reader.null()) return;
        else if (key === 'Offset') offsetText = reader.number(key);
        else digest = reader.string(key);
      });
    }
    const offset = integer(offsetText, 'Offset', fail);
    if (offset < 0 || offset >= blocks.sizeBytes) {
      fail(`lists a block at offset ${offset}, outside the image of ${blocks.sizeBytes} bytes`);
    }
    if (offset % blockSizeBytes !== 0) {
      fail(`lists a block at offset ${offset}, which is not a multiple of ${blockSizeBytes}`);
    }
    const index = offset / blockSizeBytes;
    if (index < next) fail(`lists a block at offset ${offset} after one at ${(next - 1) * blockSizeBytes}`);
    // The block map writes a hole as zeros.
    if (!isDigest(digest) || zeroDigest === digest) {
      fail(
        `lists a block at offset ${offset} with the BlockChecksum "${printable(digest)}", not 64 hex digits of a hash`,
      );
    }
    blocks.set(index, digest);
    next = index + 1;
    listed++;
  });
  return listed;
}

const zeroDigest = '0'.repeat(64);

function integer(text: string, key: string, fail: Fail): number {
  const value = /^-?[0-9]+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value)
    ? value
    : fail(`has the ${key} "${printable(text)}", not a whole number of bytes or blocks`);
}

function methodNamed(text: string, fail: Fail): CompressionMethod {
  if (text === 'lz4' || text === 'gzip' || text === 'none') return text;
  // Backups older than the choice of a method name none.
  if (text === '') return 'gzip';
  return fail(`has the unknown CompressionMethod "${printable(text)}"`, newerRemedy);
}

/** Go compares keys by Unicode's simple case folding, which is what `iu` does (U+017F is an s, U+212A is a k). */
function keyAmong<Key extends string>(keys: readonly Key[], written: string): Key | undefined {
  return keys.find((key) => key === written) ?? keys.find((key) => new RegExp(`^${key}$`, 'iu').test(written));
}
