import type { BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageProof } from '@hayloft/engine';
import { errnoOf } from '@hayloft/directory-store';
import { encodeBackingCfg, type BackingCfg } from './backing-cfg.ts';
import { decodeProof, encodeProof, type FileIdentity } from './proof-file.ts';
import { replaceFile } from './file-in-the-making.ts';
import { recogniseFile } from './recognise-file.ts';

/** Names inside an image's folder: the first two are Longhorn's, the third is the list of block digests. */
export const backingFile = 'backing';
export const cfgFile = 'backing.cfg';
export const proofFile = 'backing.blocks';

export function identityOf(found: BigIntStats): FileIdentity {
  return {
    sizeBytes: Number(found.size),
    modifiedAtNs: found.mtimeNs,
    changedAtNs: found.ctimeNs,
    inode: found.ino,
  };
}

export type ProofState =
  /** The list fits the file. `untouched`: not even owner or mode changed since, which nobody can set back. */
  | { readonly state: 'valid'; readonly proof: ImageProof; readonly untouched: boolean }
  /** There is no usable list: Longhorn made the image, or the list is damaged. */
  | { readonly state: 'absent'; readonly reason: string }
  /** The file is not as it was when the list was made. */
  | { readonly state: 'edited'; readonly reason: string };

/** The list of block digests of the image in `folder`, if it is still the list of that very file. */
export async function readProof(folder: string): Promise<ProofState> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(folder, proofFile));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { state: 'absent', reason: 'it has no list of block digests' };
    throw error;
  }
  const now = identityOf(await stat(join(folder, backingFile), { bigint: true }));
  let listed;
  try {
    listed = decodeProof(bytes);
  } catch (error) {
    return { state: 'absent', reason: `its list of block digests cannot be used: ${(error as Error).message}` };
  }
  const { identity, proof } = listed;
  const edit = editOf(identity, now);
  if (edit !== undefined) return { state: 'edited', reason: edit };
  return { state: 'valid', proof, untouched: identity.changedAtNs === now.changedAtNs };
}

function editOf(then: FileIdentity, now: FileIdentity): string | undefined {
  if (then.sizeBytes !== now.sizeBytes) return `it had ${then.sizeBytes} bytes and has ${now.sizeBytes} now`;
  if (then.inode !== now.inode) return 'another file has taken its place';
  if (then.modifiedAtNs !== now.modifiedAtNs) return 'it was written to after it was made';
  return undefined;
}

export interface RecordedImage {
  /** Where the image's file will be in the end. */
  readonly filePath: string;
  readonly uuid: string;
  readonly expectedChecksum: string;
}

/**
 * Writes what stands beside an image: the list of block digests, then Longhorn's record.
 *
 * Both are bound to the file as it was `found` when its bytes were known to be those of the proof, so that a change
 * since then shows.
 */
export async function writeRecords(
  folder: string,
  image: RecordedImage,
  proof: ImageProof,
  found: BigIntStats,
): Promise<void> {
  const { virtualSizeBytes } = await recogniseFile(join(folder, backingFile), Number(found.size));
  const cfg: BackingCfg = {
    ...image,
    sizeBytes: Number(found.size),
    virtualSizeBytes,
    realSizeBytes: Number(found.blocks) * 512,
    currentChecksum: proof.checksum ?? '',
    modifiedAtNs: found.mtimeNs,
  };
  await replaceFile(join(folder, proofFile), encodeProof(identityOf(found), proof));
  await replaceFile(join(folder, cfgFile), encodeBackingCfg(cfg));
}
