import { readSync } from 'node:fs';
import { BackupError } from '../errors.ts';
import type { CutJob } from '../contracts/pipeline.ts';

export interface ImageWindow {
  /** The window's bytes, its own copy; zeros for a hole. */
  readonly plain: Uint8Array;
  /** No byte of it was read. */
  readonly isHole: boolean;
  /** Read back from what an interrupted run left. */
  readonly fromFile: boolean;
}

/** Cuts a job's image into windows of the block size, the last one short, and checks that the source keeps its word. */
export async function* readWindows(
  job: CutJob,
  blockSizeBytes: number,
  file: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<ImageWindow> {
  const resumeFrom = job.resumeFrom ?? 0;
  for (let offset = 0; offset < resumeFrom; offset += blockSizeBytes) {
    const plain = new Uint8Array(Math.min(blockSizeBytes, resumeFrom - offset));
    if (readSync(file!, plain, 0, plain.length, offset) !== plain.length) {
      throw changed(job, `left only part of the ${resumeFrom} bytes that were recorded`);
    }
    yield { plain, isHole: false, fromFile: true };
  }

  let window = new Uint8Array(blockSizeBytes);
  let filled = 0;
  let touched = false;
  let position = resumeFrom;
  const take = (): ImageWindow => {
    const done = { plain: window.subarray(0, filled), isHole: !touched, fromFile: false };
    window = new Uint8Array(blockSizeBytes);
    filled = 0;
    touched = false;
    return done;
  };

  for await (const extent of job.source.extents(resumeFrom === 0 ? { signal } : { signal, from: resumeFrom })) {
    if (extent.offset !== position) throw changed(job, `yielded offset ${extent.offset} where ${position} comes next`);
    const length = extent.kind === 'data' ? extent.bytes.length : extent.length;
    for (let done = 0; done < length;) {
      const part = Math.min(length - done, blockSizeBytes - filled);
      if (extent.kind === 'data') {
        window.set(extent.bytes.subarray(done, done + part), filled);
        touched = true;
      }
      filled += part;
      done += part;
      if (filled === blockSizeBytes) yield take();
    }
    position += length;
    signal.throwIfAborted();
  }
  if (filled > 0) yield take();
  const promised = job.source.sizeBytes;
  if (promised !== undefined && promised !== position) throw changed(job, `gave ${position} bytes of ${promised}`);
}

function changed(job: CutJob, what: string): BackupError {
  return new BackupError('SOURCE_CHANGED', `${job.source.description} ${what}`, {
    remedy: 'Make sure that nothing writes to the image, and start again.',
  });
}
