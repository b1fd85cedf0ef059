import { closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { BackupError } from '@hayloft/engine';
import type { CutJob } from '@hayloft/engine';
import { fileError } from '@hayloft/directory-store';
import { blockSizeBytes } from '@hayloft/longhorn-format';
import { sourceChangedRemedy } from './file-bytes.ts';
import type { ListedWindows, OpenFile } from './messages.ts';
import { dataWindows } from './sparse.ts';

/** What a cut reads and writes as files, opened once for all threads. */
export interface CutFiles extends Disposable {
  /** Windows that the workers read themselves: all of a source that is a file, or what stands in the target. */
  readonly listed: ListedWindows;
  /** Where the source's extents take over; undefined when the workers read everything. */
  readonly extentsFrom: number | undefined;
  readonly target: OpenFile | undefined;
  /** `SOURCE_CHANGED` when a source file is not what it was when it was opened. */
  assertUnchanged(): void;
}

/** Opens a job's files and finds out which windows of them hold data. */
export async function openCutFiles(job: CutJob): Promise<CutFiles> {
  const opened: number[] = [];
  const open = (path: string, flags: string): OpenFile => {
    try {
      const fd = openSync(path, flags);
      opened.push(fd);
      return { fd, name: path };
    } catch (error) {
      throw fileError(error, `cannot open "${path}"`, { ENOENT: 'SOURCE_NOT_FOUND' });
    }
  };
  const close = (): void => opened.splice(0).forEach((fd) => closeSync(fd));

  try {
    const target = job.file === undefined ? undefined : open(job.file.path, 'r+');
    const resumeFrom = job.resumeFrom ?? 0;
    if (target !== undefined) emptyFrom(target, resumeFrom);
    const source = readsFile(job) ? open(job.source.file!.path, 'r') : undefined;
    const before = source === undefined ? undefined : fstatSync(source.fd, { bigint: true });
    if (source !== undefined && before?.isFile() === true) {
      const listed = await listWindows(source, Number(before.size), false);
      const assertUnchanged = (): void => assertSame(job, before, fstatSync(source.fd, { bigint: true }));
      return { listed, extentsFrom: undefined, target, assertUnchanged, [Symbol.dispose]: close };
    }
    const listed = await listWindows(target ?? { fd: -1, name: '' }, resumeFrom, true);
    return { listed, extentsFrom: resumeFrom, target, assertUnchanged: () => {}, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A checkpoint needs the order in which extents come, and so does a resumed transfer. */
function readsFile({ source, onCheckpoint, resumeFrom }: CutJob): boolean {
  return source.file !== undefined && onCheckpoint === undefined && (resumeFrom ?? 0) === 0;
}

/** Bytes behind those that are to be kept would shine through where the image has holes. */
function emptyFrom(target: OpenFile, resumeFrom: number): void {
  try {
    if (fstatSync(target.fd).size < resumeFrom) {
      throw new BackupError('SOURCE_CHANGED', `"${target.name}" holds less than the ${resumeFrom} bytes recorded`, {
        remedy: sourceChangedRemedy,
      });
    }
    ftruncateSync(target.fd, resumeFrom);
  } catch (error) {
    throw fileError(error, `cannot write "${target.name}"`);
  }
}

async function listWindows(file: OpenFile, endBytes: number, isTarget: boolean): Promise<ListedWindows> {
  const found = endBytes === 0 ? new Uint32Array(0) : await dataWindows(file.fd, endBytes, blockSizeBytes);
  const windows = new SharedArrayBuffer(found.byteLength);
  new Uint32Array(windows).set(found);
  return { windows, file, endBytes, isTarget };
}

function assertSame(job: CutJob, before: BigIntStats, after: BigIntStats): void {
  const { size, mtimeNs, ctimeNs, ino } = before;
  if (size === after.size && mtimeNs === after.mtimeNs && ctimeNs === after.ctimeNs && ino === after.ino) return;
  const what = size === after.size ? 'was written to' : `went from ${size} to ${after.size} bytes`;
  throw new BackupError('SOURCE_CHANGED', `${job.source.description} ${what} while it was read`, {
    remedy: sourceChangedRemedy,
  });
}
