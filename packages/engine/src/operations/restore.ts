import { BackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupConfig } from '../contracts/format.ts';
import type { JoinSink, PipelineOptions } from '../contracts/pipeline.ts';
import type { ImageProof, ImageTarget } from '../contracts/source.ts';
import type { BackupStore } from '../contracts/store.ts';
import { checkChecksumForm, compareChecksums } from './checksum.ts';
import { readCompleteConfig, recordedChecksum } from './read-config.ts';
import { readUnderLock } from './read-under-lock.ts';
import { withoutZeroBlocks } from './same-image.ts';

export type RestoreSink =
  | { readonly kind: 'target'; readonly target: ImageTarget }
  | { readonly kind: 'stream'; readonly write: (bytes: Uint8Array) => Promise<void> };

export interface RestoreRequest {
  readonly store: BackupStore;
  readonly name: string;
  readonly sink: RestoreSink;
  /** SHA-512 that the caller expects of the whole image. */
  readonly checksum?: string | undefined;
  /** Fail where neither the backup nor the caller has a digest of the whole. */
  readonly requireChecksum?: boolean | undefined;
}

export interface RestoreResult {
  readonly sizeBytes: number;
  readonly checksum: string;
  /** `blocks` where there was no whole-image digest to compare with: each block and the length are proven all the same. */
  readonly proven: true | 'blocks';
  readonly durationMs: number;
}

/**
 * Restores a backup: every block matches its hash, the length is right, and the SHA-512 of the whole equals what the
 * backup recorded and what the caller expects; only then does the target become visible, durable.
 * `BLOCK_MISSING`, `DATA_CORRUPT`, `CHECKSUM_MISMATCH`, `BACKUP_INCOMPLETE`, `BACKUP_NOT_FOUND`.
 */
export async function restore(request: RestoreRequest, context: OperationContext): Promise<RestoreResult> {
  checkChecksumForm(request.checksum);
  const begunAt = context.clock.monotonic();
  return await readUnderLock(request.store, context, async (locked) => {
    const config = await readCompleteConfig(request.store, request.name, locked);
    const joined = await joinProven({ ...request, config }, locked);
    return { ...joined, durationMs: Math.round(context.clock.monotonic() - begunAt) };
  });
}

/** Joins and proves a backup whose config is at hand. Also how an image is created from a backup URL. */
export async function joinProven(
  request: Omit<RestoreRequest, 'name'> & { readonly config: BackupConfig },
  context: OperationContext,
): Promise<Omit<RestoreResult, 'durationMs'>> {
  const { store, config, sink } = request;
  const recorded = recordedChecksum(config);
  const what = `the backup "${config.name}" in ${store.location}`;
  if (recorded === undefined && request.checksum === undefined && request.requireChecksum === true) {
    throw new BackupError('CHECKSUM_MISMATCH', `${what} records no usable SHA-512 of the whole image`, {
      remedy:
        'Pass the expected one with --checksum, or leave --require-checksum out: every block is proven all the same.',
    });
  }
  const joinSink = sink.kind === 'target' ? await openTarget(sink.target, config, context) : sink;
  const { checksum } = await context.pipeline.join(
    { store, config, sink: joinSink, wholeDigest: true },
    joinOptions(config, 'restoring', context),
  );
  if (checksum === undefined) throw new TypeError('the pipeline made no whole digest although it was asked for');
  compareChecksums(
    checksum,
    recorded,
    `${what} is damaged: its blocks match their hashes, but the whole image does not match the SHA-512 that was recorded`,
  );
  compareChecksums(checksum, request.checksum, `${what} is sound, but not the image that was expected`);
  if (sink.kind === 'target') {
    const proof: ImageProof = {
      sizeBytes: config.sizeBytes,
      checksum,
      blocks: withoutZeroBlocks(config.blocks, context.format),
    };
    context.onProgress?.({ phase: 'finishing', doneBytes: config.sizeBytes, totalBytes: config.sizeBytes });
    await sink.target.commit(proof, context);
  }
  const proven = recorded !== undefined || request.checksum !== undefined ? true : 'blocks';
  return { sizeBytes: config.sizeBytes, checksum, proven };
}

/** Goes on with what an interrupted restore of the same backup left in the target; each block there is proven again. */
async function openTarget(target: ImageTarget, config: BackupConfig, context: OperationContext): Promise<JoinSink> {
  const token = `backup ${config.name} ${config.sizeBytes} ${config.checksum} ${config.completedAt}`;
  const resume = target.resume?.token === token;
  if (!resume) {
    await target.restart(context);
    await target.checkpoint(token, 0, context);
  }
  return { kind: 'file', path: target.path, resume };
}

export function joinOptions(
  config: BackupConfig,
  phase: 'restoring' | 'verifying',
  context: OperationContext,
): PipelineOptions {
  return {
    signal: context.signal,
    concurrency: context.concurrency,
    onProgress: ({ doneBytes }) => context.onProgress?.({ phase, doneBytes, totalBytes: config.sizeBytes }),
  };
}
