import { BackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { CutResult } from '../contracts/pipeline.ts';
import type { ImageProof } from '../contracts/source.ts';
import type { ImageToBackUp } from './backup.ts';
import type { BackupAttempt } from './backup-attempt.ts';
import { checkImageSize } from './image-size.ts';
import { readingOptions } from './reading-options.ts';
import { differingWindows } from './same-image.ts';

/** One pass over the image, for all stores that need one. */
export async function cutImage(attempts: readonly BackupAttempt[], context: OperationContext): Promise<CutResult> {
  const { source, proof } = attempts[0]!.request;
  const stores = attempts.map(({ cutStore }) => cutStore);
  return await context.pipeline.cut(
    { source, stores, wholeDigest: proof === undefined },
    readingOptions(source, context),
  );
}

/** What was read, once it is known to be the image that was meant. */
export function provenImage(cut: CutResult, request: ImageToBackUp, context: OperationContext): ImageProof {
  const image = readImage(cut, request, context.format.blockSizeBytes);
  checkImageSize(image.sizeBytes, request.source.description);
  checkAgainstProof(image, request, context);
  return image;
}

function readImage(cut: CutResult, { proof, source }: ImageToBackUp, blockSizeBytes: number): ImageProof {
  if (cut.blocks.blockSizeBytes !== blockSizeBytes)
    throw new TypeError('the pipeline cuts blocks of another size than the format');
  if (source.sizeBytes !== undefined && cut.sizeBytes !== source.sizeBytes) {
    throw new BackupError(
      'SOURCE_CHANGED',
      `${source.description} gave ${cut.sizeBytes} bytes instead of ${source.sizeBytes}`,
      {
        remedy: 'Run it again when nothing writes to the source.',
      },
    );
  }
  return { sizeBytes: cut.sizeBytes, checksum: proof?.checksum ?? cut.checksum, blocks: cut.blocks };
}

/** Bit rot is found before a backup claims it: equal lists prove the recorded digest of the whole. */
function checkAgainstProof(image: ImageProof, { proof, source }: ImageToBackUp, context: OperationContext): void {
  if (proof === undefined) return;
  const windows = differingWindows(proof.blocks, image.blocks, context.format);
  if (windows.length === 0 && proof.sizeBytes === image.sizeBytes) return;
  const at = windows.slice(0, 5).map((index) => index * image.blocks.blockSizeBytes);
  throw new BackupError(
    'DATA_CORRUPT',
    `${source.description} is damaged: ${windows.length} of its ${image.blocks.count} blocks do not match the proof that was made with it (at offsets ${at.join(', ')}${windows.length > 5 ? ', …' : ''})`,
    { remedy: 'Nothing was backed up. Restore the image from a backup, or create it anew from its source.' },
  );
}
