import * as sync from 'node:fs';
import * as async from 'node:fs/promises';
import { errnoOf } from './file-error.ts';

/**
 * One thing done to the file system.
 *
 * What must happen in which order is written once, as generators of steps, and carried out by worker threads (which
 * block) and by the main thread (which must not). The argument why a crash does no harm would otherwise exist twice.
 */
export type FileStep =
  | readonly ['create', path: string, parts: readonly Uint8Array[]]
  | readonly ['syncFile', path: string]
  | readonly ['makeFolder', path: string]
  | readonly ['rename', from: string, to: string]
  | readonly ['link', from: string, to: string]
  | readonly ['unlink', path: string]
  | readonly ['removeFolder', path: string]
  | readonly ['syncFolder', path: string]
  | readonly ['realPath', path: string]
  | readonly ['linkCount', path: string];

/** Steps in order, each answered with what it found, if anything; a step that fails throws inside the generator. */
export type FileSteps<Result> = Generator<FileStep, Result, string | number | undefined>;

/** Longhorn makes its folders so: only their owner can enter. */
export const folderMode = 0o700;

/** For the main thread. Once `signal` aborts, the next step throws its reason; the steps that clean up still run. */
export async function runSteps<Result>(steps: FileSteps<Result>, signal: AbortSignal): Promise<Result> {
  return runStepsBy(runStep, steps, signal);
}

/** As `runSteps`, where something else than this machine's kernel carries out each step. */
export async function runStepsBy<Result>(
  runStep: (step: FileStep) => Promise<string | number | undefined>,
  steps: FileSteps<Result>,
  signal: AbortSignal,
): Promise<Result> {
  let failed = false;
  let next = steps.next();
  while (!next.done) {
    let answer;
    try {
      if (!failed) signal.throwIfAborted();
      answer = await runStep(next.value);
    } catch (error) {
      failed ||= signal.aborted;
      next = steps.throw(error);
      continue;
    }
    next = steps.next(answer);
  }
  return next.value;
}

/** For worker threads. */
export function runStepsSync<Result>(steps: FileSteps<Result>): Result {
  let next = steps.next();
  while (!next.done) {
    let answer;
    try {
      answer = runStepSync(next.value);
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(answer);
  }
  return next.value;
}

async function runStep(step: FileStep): Promise<string | number | undefined> {
  switch (step[0]) {
    case 'create':
      await create(step[1], step[2]);
      break;
    case 'syncFile':
      await syncFile(step[1]);
      break;
    case 'makeFolder':
      await async.mkdir(step[1], { mode: folderMode });
      break;
    case 'rename':
      await async.rename(step[1], step[2]);
      break;
    case 'link':
      await async.link(step[1], step[2]);
      break;
    case 'unlink':
      await async.unlink(step[1]);
      break;
    case 'removeFolder':
      await async.rmdir(step[1]);
      break;
    case 'syncFolder':
      await syncFolder(step[1]);
      break;
    case 'realPath':
      return async.realpath(step[1]);
    case 'linkCount':
      return (await async.lstat(step[1])).nlink;
  }
  return undefined;
}

function runStepSync(step: FileStep): string | number | undefined {
  switch (step[0]) {
    case 'create':
      createSync(step[1], step[2]);
      break;
    case 'syncFile':
      syncFileSync(step[1]);
      break;
    case 'makeFolder':
      sync.mkdirSync(step[1], { mode: folderMode });
      break;
    case 'rename':
      sync.renameSync(step[1], step[2]);
      break;
    case 'link':
      sync.linkSync(step[1], step[2]);
      break;
    case 'unlink':
      sync.unlinkSync(step[1]);
      break;
    case 'removeFolder':
      sync.rmdirSync(step[1]);
      break;
    case 'syncFolder':
      syncFolderSync(step[1]);
      break;
    case 'realPath':
      return sync.realpathSync.native(step[1]);
    case 'linkCount':
      return sync.lstatSync(step[1]).nlink;
  }
  return undefined;
}

/** A new file; neither its bytes nor its entry in the folder are durable yet. */
async function create(path: string, parts: readonly Uint8Array[]): Promise<void> {
  await using file = await async.open(path, 'wx');
  for (const part of parts) await file.writeFile(part);
}

function createSync(path: string, parts: readonly Uint8Array[]): void {
  const file = sync.openSync(path, 'wx');
  try {
    for (const part of parts) {
      for (let done = 0; done < part.length;) done += sync.writeSync(file, part, done);
    }
  } finally {
    sync.closeSync(file);
  }
}

/** Makes a file's bytes durable, whoever wrote them. */
async function syncFile(path: string): Promise<void> {
  await using file = await async.open(path, 'r+');
  await file.datasync();
}

function syncFileSync(path: string): void {
  const file = sync.openSync(path, 'r+');
  try {
    sync.fdatasyncSync(file);
  } finally {
    sync.closeSync(file);
  }
}

/** Makes the entries of a folder durable: files created, renamed or removed in it. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await async.open(path, 'r');
  try {
    await folder.sync();
  } catch (error) {
    if (!cannotSyncFolders(error)) throw error;
  } finally {
    await folder.close();
  }
}

function syncFolderSync(path: string): void {
  const folder = sync.openSync(path, 'r');
  try {
    sync.fsyncSync(folder);
  } catch (error) {
    if (!cannotSyncFolders(error)) throw error;
  } finally {
    sync.closeSync(folder);
  }
}

/** SMB and some FUSE file systems answer so; there the server alone decides when an entry is durable. */
function cannotSyncFolders(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'EINVAL' || errno === 'ENOTSUP' || errno === 'ENOSYS';
}
