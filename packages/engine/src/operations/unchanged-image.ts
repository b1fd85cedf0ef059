import { blockState } from '../contracts/block-index.ts';
import type { BackupFormat } from '../contracts/format.ts';
import type { CutResult } from '../contracts/pipeline.ts';
import type { ImageProof } from '../contracts/source.ts';
import type { Pool } from './survey-pool.ts';

/**
 * What a pass over an image would find if its file is just as it was when the proof was made and the pool holds every
 * block of it; undefined where a block is absent or of an implausible size, so that the image must be read after all.
 */
export function cutUnchanged(proof: ImageProof, { index, method }: Pool, format: BackupFormat): CutResult | undefined {
  let reused = 0;
  let reusedVerified = true;
  for (const { index: window, digest } of proof.blocks.entries()) {
    const { min, max } = format.packedSizeBounds(method, proof.blocks.lengthAt(window));
    const { state, sizeBytes } = index.get(digest);
    if (state === blockState.absent || sizeBytes < min || sizeBytes > max) return undefined;
    reusedVerified &&= state === blockState.proven;
    reused++;
  }
  const store = { written: 0, healed: 0, reused, reusedVerified, bytesWritten: 0 };
  return { ...proof, holes: proof.blocks.count - reused, bytesRead: 0, stores: [store] };
}
