import { BackupError, blobSizeBytesMax } from '@hayloft/engine';
import type { BackupConfig, BlockMap } from '@hayloft/engine';
import { imageSizeBytesMax } from './block-size.ts';
import { goJsonMap, goJsonString } from './go-json.ts';
import { checkName } from './names.ts';

/**
 * A config as Longhorn writes it, byte by byte: in progress without blocks (`completedAt` is ''), or complete.
 *
 * `USAGE_INVALID` for a name that Longhorn does not take; `SOURCE_INVALID` for an image that no backup can hold: empty,
 * longer than 16 TiB, or of so many blocks that their list exceeds the 64 MiB of a blob (about 1.2 TiB of data).
 */
export function encodeConfig(config: BackupConfig): Uint8Array {
  checkName(config.name);
  const { sizeBytes } = config;
  if (!Number.isInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes > imageSizeBytesMax) {
    throw new BackupError(
      'SOURCE_INVALID',
      `An image of ${sizeBytes} bytes cannot be backed up as "${config.name}": a size from 1 byte to 16 TiB is needed`,
      { remedy: 'Check that the image is the one you mean; split a larger one.' },
    );
  }
  const complete = config.completedAt !== '';
  const list = complete ? measureBlocks(config.blocks) : { count: 0, bytes: 0 };
  const head = Buffer.from(headOf(config, complete, list.count));
  const length = head.length + list.bytes + 1;
  if (length > blobSizeBytesMax) {
    throw new BackupError(
      'SOURCE_INVALID',
      `The image "${config.name}" has ${list.count} blocks of data, and the list of them takes ${length} bytes; a config of more than ${blobSizeBytesMax} bytes cannot be stored`,
      { remedy: 'Split the image, or punch holes where it holds only zeros ("fallocate --dig-holes").' },
    );
  }
  const bytes = Buffer.allocUnsafe(length);
  head.copy(bytes);
  const end = list.count === 0 ? head.length : writeBlocks(config.blocks, bytes, head.length);
  bytes[end] = 0x7d;
  return bytes;
}

/** All that stands before `Blocks`, in the order of Longhorn's struct; numbers that Go keeps in 64 bits are quoted. */
function headOf(config: BackupConfig, complete: boolean, blockCount: number): string {
  const fields: [string, string][] = [
    ['Name', goJsonString(config.name)],
    ['Size', `"${config.sizeBytes}"`],
    ['BlockCount', `"${blockCount}"`],
    ['Checksum', goJsonString(config.checksum)],
    ['Labels', goJsonMap(config.labels)],
    ['CompressionMethod', goJsonString(config.compression)],
    ['CreatedTime', goJsonString(config.createdAt)],
    ['CompleteTime', goJsonString(config.completedAt)],
    ['Secret', goJsonString(config.secret)],
    ['SecretNamespace', goJsonString(config.secretNamespace)],
    // Longhorn reads its own first write back, which turns null into an empty map for the second.
    ['ProcessingBlocks', complete ? '{"Blocks":{}}' : 'null'],
  ];
  return `{${fields.map(([key, value]) => `"${key}":${value}`).join(',')}`;
}

const listStart = ',"Blocks":[';
const offsetKey = '{"Offset":';
const digestKey = ',"BlockChecksum":"';
const entryEnd = '"}';
const digestDigits = 64;

/** How many blocks there are, and how long their list is: an empty one is left out. */
function measureBlocks(blocks: BlockMap): { readonly count: number; readonly bytes: number } {
  const entryFixed = offsetKey.length + digestKey.length + digestDigits + entryEnd.length;
  let count = 0;
  let bytes = 0;
  for (let index = 0; index < blocks.count; index++) {
    if (blocks.isHole(index)) continue;
    count++;
    bytes += entryFixed + String(index * blocks.blockSizeBytes).length;
  }
  const commas = count - 1;
  return count === 0 ? { count, bytes } : { count, bytes: listStart.length + bytes + commas + ']'.length };
}

/** Writes the list and returns where it ends. Straight into the bytes: 1 TiB has half a million entries. */
function writeBlocks(blocks: BlockMap, bytes: Buffer, start: number): number {
  let at = start + bytes.write(listStart, start, 'latin1');
  let separator = '';
  for (let index = 0; index < blocks.count; index++) {
    const digest = blocks.at(index);
    if (digest === undefined) continue;
    const offset = index * blocks.blockSizeBytes;
    at += bytes.write(`${separator}${offsetKey}${offset}${digestKey}${digest}${entryEnd}`, at, 'latin1');
    separator = ',';
  }
  return at + bytes.write(']', at, 'latin1');
}
