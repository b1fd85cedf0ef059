import { BackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { ImageProof, ImageSource, ImageTarget } from '../contracts/source.ts';
import { checkChecksumForm, compareChecksums } from './checksum.ts';
import { checkImageSize, imageSizeUnitBytes } from './image-size.ts';
import { padSource } from './pad-source.ts';
import { joinProven } from './restore.ts';

export interface CreateImageRequest {
  readonly source: ImageSource;
  readonly target: ImageTarget;
  /** SHA-512 that the caller expects of the source's bytes (before padding). */
  readonly checksum?: string | undefined;
  /** Append zeros up to the next multiple of 512 bytes. */
  readonly pad?: boolean | undefined;
}

export interface CreateImageResult {
  readonly proof: ImageProof & { readonly checksum: string };
  /** `blocks`: restored from a backup that records no digest of the whole. */
  readonly proven: true | 'blocks';
}

/**
 * Makes an image from a source: read once, hashed while it is written, visible only when proven and durable.
 * What an interrupted run of the same source left in the target is used.
 * `SOURCE_INVALID` (before the transfer where the size is known), `CHECKSUM_MISMATCH`, `SOURCE_CHANGED`.
 */
export async function createImage(request: CreateImageRequest, context: OperationContext): Promise<CreateImageResult> {
  const { target, checksum } = request;
  checkChecksumForm(checksum);
  if (request.pad !== true) checkImageSize(request.source.sizeBytes, request.source.description);
  if (request.source.backup !== undefined) return await createFromBackup(request, context);

  const padded = request.pad === true && needsPad(request.source.sizeBytes) ? padSource(request.source) : undefined;
  const source = padded ?? request.source;
  const token = source.resumeToken;
  const from = token !== undefined && target.resume?.token === token ? target.resume.offset : 0;
  if (from === 0) await target.restart(context);
  const shared = source.file !== undefined && (await target.cloneFrom?.(source.file.path, context)) === true;
  const phase = source.file === undefined ? 'downloading' : 'reading';
  const cut = await context.pipeline.cut(
    {
      source: shared ? { ...source, file: { path: target.path } } : source,
      stores: [],
      file: shared ? undefined : { path: target.path },
      wholeDigest: true,
      resumeFrom: from,
      onCheckpoint: token === undefined ? undefined : (offset) => target.checkpoint(token, offset, context),
    },
    {
      signal: context.signal,
      concurrency: context.concurrency,
      onProgress: ({ doneBytes }) => context.onProgress?.({ phase, doneBytes, totalBytes: source.sizeBytes }),
    },
  );
  if (cut.checksum === undefined) throw new TypeError('the pipeline made no whole digest although it was asked for');
  checkLength(cut.sizeBytes, source);
  checkImageSize(cut.sizeBytes, source.description);
  const actual = padded === undefined ? cut.checksum : padded.unpaddedChecksum();
  compareChecksums(actual, checksum, `${source.description} is not the image that was expected`);
  compareChecksums(actual, request.source.checksum, `${source.description} does not match its own record`);
  const proof = { sizeBytes: cut.sizeBytes, checksum: cut.checksum, blocks: cut.blocks };
  context.onProgress?.({ phase: 'finishing', doneBytes: cut.sizeBytes, totalBytes: cut.sizeBytes });
  await target.commit(proof, context);
  return { proof, proven: true };
}

/** A backup's blocks are fetched and proven by the pipeline; that is a restore into the target. */
async function createFromBackup(
  { source, target, checksum }: CreateImageRequest,
  context: OperationContext,
): Promise<CreateImageResult> {
  const { store, config } = source.backup!;
  const joined = await joinProven({ store, config, sink: { kind: 'target', target }, checksum }, context);
  const proof = { sizeBytes: joined.sizeBytes, checksum: joined.checksum, blocks: config.blocks };
  return { proof, proven: joined.proven };
}

const needsPad = (sizeBytes: number | undefined): boolean =>
  sizeBytes === undefined || sizeBytes % imageSizeUnitBytes !== 0;

function checkLength(sizeBytes: number, source: ImageSource): void {
  if (source.sizeBytes === undefined || source.sizeBytes === sizeBytes) return;
  throw new BackupError(
    'SOURCE_CHANGED',
    `${source.description} gave ${sizeBytes} bytes instead of ${source.sizeBytes}`,
    {
      remedy: 'Run it again when nothing writes to the source.',
    },
  );
}
