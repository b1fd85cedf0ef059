import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { BlockMap } from '../contracts/blocks.ts';
import type { BlockDigest } from '../contracts/blocks.ts';
import type { BackupFormat } from '../contracts/format.ts';
import type { CutJob, CutResult, PipelineOptions } from '../contracts/pipeline.ts';
import { PlainStoreWriter } from './plain-store-writer.ts';
import { readWindows } from './plain-windows.ts';

/** Small, so that tests see several checkpoints in a small image. */
const checkpointBlocks = 4;

/**
 * Everything that a `cut` promises, in its simplest form: read window by window, hand each to the stores, wait for all.
 * Windows whose store call waits stay in memory; a pipeline for real images must read them again instead.
 */
export async function plainCut(format: BackupFormat, job: CutJob, options: PipelineOptions): Promise<CutResult> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const writers = job.stores.map((store) => new PlainStoreWriter(format, store, { ...options, signal }));
  const wholeDigest = createHash('sha512');
  const digests: (BlockDigest | undefined)[] = [];
  const pending: Promise<void>[] = [];
  const file = job.file === undefined ? undefined : openSync(job.file.path, 'r+');
  let sizeBytes = 0;
  let holes = 0;
  let bytesRead = 0;

  try {
    if (file !== undefined) ftruncateSync(file, job.resumeFrom ?? 0);
    for await (const { plain, isHole, fromFile } of readWindows(job, format.blockSizeBytes, file, signal)) {
      const offset = sizeBytes;
      sizeBytes += plain.length;
      if (!isHole) bytesRead += plain.length;
      if (job.wholeDigest) wholeDigest.update(plain);
      const digest = isZero(plain) ? undefined : format.digest(plain);
      digests.push(digest);
      if (digest === undefined) holes++;
      else {
        if (file !== undefined && !fromFile) writeSync(file, plain, 0, plain.length, offset);
        // The first error stops the job: no call begins after it, and those under way are cancelled.
        for (const writer of writers) pending.push(writer.store(digest, plain).catch((error) => stop.abort(error)));
      }
      options.onProgress?.({ doneBytes: sizeBytes, reusedBytes: writers[0]?.reusedBytes ?? 0 });
      if (file !== undefined && !fromFile && digests.length % checkpointBlocks === 0) {
        ftruncateSync(file, sizeBytes);
        fsyncSync(file);
        await job.onCheckpoint?.(sizeBytes);
      }
    }
    // What is zero at the end was not written: the length has to be set.
    if (file !== undefined) ftruncateSync(file, sizeBytes);
    await Promise.all(job.stores.map((store) => store.ready));
  } catch (error) {
    stop.abort(error);
  } finally {
    await Promise.all(pending);
    if (file !== undefined) closeSync(file);
  }
  signal.throwIfAborted();

  const blocks = new BlockMap(sizeBytes, format.blockSizeBytes);
  for (const [index, digest] of digests.entries()) blocks.set(index, digest);
  const checksum = job.wholeDigest ? wholeDigest.digest('hex') : undefined;
  return { sizeBytes, checksum, blocks, holes, bytesRead, stores: writers.map((writer) => writer.result) };
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
