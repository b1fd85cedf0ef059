import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, type BlockMap, type BlockPipeline, type ImageProof, type PipelineOptions } from '@hayloft/engine';
import { readProof, writeRecords } from './image-files.ts';
import { readCfg, type ImageRecord } from './image-record.ts';
import { openFileSource } from './open-file-source.ts';

export interface ReadingOptions extends PipelineOptions {
  readonly pipeline: BlockPipeline;
}

export interface ImageProblem {
  readonly kind: 'corrupt' | 'checksum';
  /** Number of the window, and where it begins in the image. */
  readonly block?: number;
  readonly offset?: number;
  readonly detail: string;
}

export interface ImageVerification {
  readonly ok: boolean;
  readonly problems: readonly ImageProblem[];
  /** What the file was compared with: its list of blocks, or only the SHA-512 in Longhorn's record. */
  readonly comparedWith: 'blocks' | 'checksum' | 'nothing';
}

/**
 * Reads an image that has no list of block digests, or was edited, and gives it one: what it holds now is then what it
 * should hold. `DATA_CORRUPT` when the file was not edited since Longhorn recorded another SHA-512: then it has rotted.
 */
export async function proveImage(image: ImageRecord, options: ReadingOptions): Promise<ImageProof> {
  const folder = join(image.path, '..');
  const read = await readCfg(folder);
  const cfg = 'cfg' in read ? read.cfg : undefined;
  const found = await stat(image.path, { bigint: true });
  const proof = await readImage(image, true, options);
  const recorded = cfg?.modifiedAtNs === found.mtimeNs ? cfg.currentChecksum : '';
  if (recorded !== '' && recorded !== proof.checksum) {
    throw new BackupError(
      'DATA_CORRUPT',
      `the image "${image.name}" was not edited, but its SHA-512 is ${proof.checksum} instead of ${recorded}`,
      { remedy: 'Restore it from a backup, or make it anew from its source.' },
    );
  }
  const expectedChecksum = cfg?.expectedChecksum ?? '';
  await writeRecords(folder, { filePath: image.path, uuid: image.uuid, expectedChecksum }, proof, found);
  return proof;
}

/** Reads an image and compares each block with its list; without one, the whole with the SHA-512 that is recorded. */
export async function verifyImage(image: ImageRecord, options: ReadingOptions): Promise<ImageVerification> {
  const known = await readProof(join(image.path, '..'));
  if (known.state === 'valid') {
    const found = await readImage(image, false, options);
    const problems = differences(known.proof.blocks, found.blocks);
    return { ok: problems.length === 0, problems, comparedWith: 'blocks' };
  }
  if (image.checksum === '') return { ok: true, problems: [], comparedWith: 'nothing' };
  const { checksum } = await readImage(image, true, options);
  if (checksum === image.checksum) return { ok: true, problems: [], comparedWith: 'checksum' };
  const why = known.state === 'edited' ? `, because ${known.reason}` : '';
  const detail = `the SHA-512 of the file is ${checksum}, but ${image.checksum} is recorded${why}`;
  return { ok: false, problems: [{ kind: 'checksum', detail }], comparedWith: 'checksum' };
}

function differences(expected: BlockMap, found: BlockMap): ImageProblem[] {
  const problems: ImageProblem[] = [];
  for (let block = 0; block < expected.count; block++) {
    if (expected.at(block) === found.at(block)) continue;
    const offset = block * expected.blockSizeBytes;
    const detail = `the ${expected.lengthAt(block)} bytes at offset ${offset} are not those that were written: they have rotted on the disk`;
    problems.push({ kind: 'corrupt', block, offset, detail });
  }
  return problems;
}

async function readImage(image: ImageRecord, wholeDigest: boolean, options: ReadingOptions): Promise<ImageProof> {
  const description = `the image "${image.name}"`;
  await using source = await openFileSource(image.path, { description, signal: options.signal });
  return await options.pipeline.cut({ source, stores: [], wholeDigest }, options);
}
