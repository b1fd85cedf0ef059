import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { BackupError, isBackupError } from '../errors.ts';
import type { BlockDigest } from '../contracts/blocks.ts';
import type { BackupFormat } from '../contracts/format.ts';
import type { BlockProblem, JoinJob, JoinResult, PipelineOptions } from '../contracts/pipeline.ts';

/** Everything that a `join` promises, in its simplest form: one window after the other. */
export async function plainJoin(format: BackupFormat, job: JoinJob, options: PipelineOptions): Promise<JoinResult> {
  const { config, sink } = job;
  const { blocks } = config;
  const { signal } = options;
  const wholeDigest = createHash('sha512');
  const zeros = new Uint8Array(format.blockSizeBytes);
  const file = sink.kind === 'file' ? openSync(sink.path, 'r+') : undefined;
  const resumes = sink.kind === 'file' && sink.resume === true;
  let bytesFetched = 0;

  const fetch = async (digest: BlockDigest, index: number): Promise<Uint8Array> => {
    const length = blocks.lengthAt(index);
    const stored = await job.store.get(format.blockKey(digest), { signal });
    bytesFetched += stored.length;
    const plain = await format.decodeBlock(config.compression, stored, digest);
    if (plain.length === length) return plain;
    throw new LengthError(`holds ${plain.length} bytes where the image needs ${length}`);
  };

  try {
    for (let index = 0; index < blocks.count; index++) {
      signal.throwIfAborted();
      const length = blocks.lengthAt(index);
      const offset = index * blocks.blockSizeBytes;
      const digest = job.only?.(index) === false ? undefined : blocks.at(index);
      const left = resumes ? readBack(file!, offset, length) : undefined;
      let plain = left !== undefined && format.digest(left) === digest ? left : undefined;
      const isKept = plain !== undefined;
      try {
        if (digest !== undefined) plain ??= await fetch(digest, index);
      } catch (error) {
        signal.throwIfAborted();
        const problem = { ...judge(error), index, offset, digest: digest! };
        if (job.onProblem === undefined) throw toError(problem, job, error);
        job.onProblem(problem);
      }
      // A hole is left unwritten, but not what an interrupted run may have left in its place.
      const bytes = plain ?? (resumes ? zeros : undefined);
      if (bytes !== undefined && file !== undefined && !isKept) writeSync(file, bytes, 0, length, offset);
      if (job.wholeDigest) wholeDigest.update(plain ?? zeros.subarray(0, length));
      if (sink.kind === 'stream') await sink.write(plain ?? zeros.slice(0, length));
      options.onProgress?.({ doneBytes: offset + length, reusedBytes: 0 });
    }
    if (file !== undefined) ftruncateSync(file, config.sizeBytes);
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return { checksum: job.wholeDigest ? wholeDigest.digest('hex') : undefined, bytesFetched };
}

/** What stands in a file at a window, or undefined where the file ends before the window does. */
function readBack(file: number, offset: number, length: number): Uint8Array | undefined {
  const bytes = new Uint8Array(length);
  return readSync(file, bytes, 0, length, offset) === length ? bytes : undefined;
}

class LengthError extends Error {}

function judge(error: unknown): Pick<BlockProblem, 'kind' | 'detail'> {
  if (error instanceof LengthError) return { kind: 'length', detail: error.message };
  if (isBackupError(error, 'BLOB_NOT_FOUND')) return { kind: 'missing', detail: 'is not in the store' };
  if (isBackupError(error, 'DATA_CORRUPT')) return { kind: 'corrupt', detail: error.message };
  if (isBackupError(error)) return { kind: 'unreadable', detail: error.message };
  throw error; // not an answer of the store: a bug
}

/** A problem as the error that ends a job without `onProblem`; what could not be read keeps the store's own error. */
function toError(problem: BlockProblem, job: JoinJob, cause: unknown): unknown {
  if (problem.kind === 'unreadable') return cause;
  const { digest, offset, detail } = problem;
  const message = `block ${digest} at offset ${offset} of "${job.config.name}" in ${job.store.location}: ${detail}`;
  return new BackupError(problem.kind === 'missing' ? 'BLOCK_MISSING' : 'DATA_CORRUPT', message, {
    remedy: 'Run "hayloft backup verify" to list every damaged block, then "hayloft backup repair".',
    cause,
  });
}
