import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { checkFreeSpace, createFileTarget, openFileSource } from '@hayloft/disk';
import type { ImageRecord } from '@hayloft/disk';
import { BackupError, createImage, isBackupError } from '@hayloft/engine';
import { keepIfResumable } from './keep-if-resumable.ts';
import { writeTo } from './write-to.ts';
import type { Workbench } from './workbench.ts';

export interface ExportRequest {
  readonly image: ImageRecord;
  readonly compress: 'gzip' | 'zstd' | undefined;
  readonly force: boolean;
}

export interface Exported {
  /** SHA-512 of the image's bytes, as they were written (before compression). */
  readonly checksum: string;
}

/** Writes the image to a file that appears only when it is complete, durable and equal to the image's record. */
export async function exportToFile(request: ExportRequest, path: string, bench: Workbench): Promise<Exported> {
  const { image, compress, force } = request;
  const { signal } = bench;
  if (compress !== undefined) return exportCompressed(request, resolve(path), bench);
  const { sizeBytes, checksum } = image;
  await using source = await openFileSource(image.path, { signal, description: `the image "${image.name}"` });
  await using target = await createFileTarget(path, { force, sizeBytes, signal });
  await checkFreeSpace(dirname(resolve(path)), image.realSizeBytes, path, { signal });
  const expected = checksum === '' ? undefined : checksum;
  const context = await bench.context();
  const { proof } = await keepIfResumable(target, async () =>
    createImage({ source, target, checksum: expected }, context),
  );
  return { checksum: proof.checksum };
}

/** Writes the image to standard output. Only the end of this call proves the bytes: whoever read them must look at it. */
export async function exportToStdout(request: ExportRequest, bench: Workbench): Promise<Exported> {
  const write = writeTo(process.stdout);
  // Not standard output itself: the pipeline would close it.
  const sink = new Writable({ write: (piece: Buffer, _encoding, done) => void write(piece).then(() => done(), done) });
  return await pump(request, bench, sink);
}

async function pump({ image, compress }: ExportRequest, bench: Workbench, sink: Writable): Promise<Exported> {
  const hash = createHash('sha512');
  let doneBytes = 0;
  const measure = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      doneBytes += chunk.length;
      bench.progress.show({ phase: 'reading', doneBytes, totalBytes: image.sizeBytes });
      done(null, chunk);
    },
  });
  const packers = compress === undefined ? [] : [compress === 'gzip' ? createGzip() : createZstdCompress()];
  const file = createReadStream(image.path, { highWaterMark: 1024 * 1024 });
  await pipeline([file, measure, ...packers, sink], { signal: bench.signal });
  const checksum = hash.digest('hex');
  if (image.checksum === '' || image.checksum === checksum) return { checksum };
  const found = `its SHA-512 is ${checksum}, recorded is ${image.checksum}`;
  throw new BackupError('CHECKSUM_MISMATCH', `The image "${image.name}" is damaged or was edited: ${found}`, {
    remedy: 'Do not use what was written. Run "hayloft image verify" to see where it differs.',
  });
}

async function exportCompressed(request: ExportRequest, path: string, bench: Workbench): Promise<Exported> {
  const aside = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.hayloft`);
  try {
    const exported = await pump(request, bench, createWriteStream(aside, { flags: 'wx', flush: true }));
    await publish(aside, path, request.force);
    return exported;
  } catch (error) {
    bench.signal.throwIfAborted();
    throw isBackupError(error) ? error : writeFailure(path, error as NodeJS.ErrnoException);
  } finally {
    await rm(aside, { force: true });
  }
}

function writeFailure(path: string, cause: NodeJS.ErrnoException): BackupError {
  const isFull = cause.code === 'ENOSPC' || cause.code === 'EDQUOT';
  const remedy = isFull
    ? 'Free some space there.'
    : 'Name a file in a folder that exists and that this user may write to.';
  return new BackupError(isFull ? 'NO_SPACE' : 'ACCESS_DENIED', `Cannot write "${path}": ${cause.message}`, {
    remedy,
    cause,
  });
}

/** Compressed bytes differ from run to run, so a file that is there is never taken for the same. */
async function publish(aside: string, path: string, force: boolean): Promise<void> {
  if (force) return rename(aside, path);
  try {
    await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new BackupError('EXISTS_WITH_OTHER_CONTENT', `"${path}" exists already`, {
      remedy: 'Choose another name, or add --force to replace it.',
      cause: error,
    });
  }
}
