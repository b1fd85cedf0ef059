import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { lstat, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { stagingFolder } from './blob-path.ts';
import { errnoOf } from './file-error.ts';
import { makeFolders } from './make-folders.ts';

/**
 * Where process ids mean what they mean to us: this boot of this machine, in this container. A bare host name would
 * not do: containers of one machine may share it and still not see each other's processes.
 */
const processSpace = createHash('sha256')
  .update(
    [hostname(), read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')), read(pidNamespace)].join('\n'),
  )
  .digest('hex')
  .slice(0, 12);

/** Every name in the staging area begins with the process that made it. */
export const stagedPrefix = `${processSpace}-${process.pid}-`;

/** Nothing is being written for so long: a blob is at most 64 MiB. */
const abandonedAfterMs = 24 * 60 * 60 * 1000;

/**
 * Removes what dead processes left in the staging area; of processes that we cannot see, what is older than a day by
 * the store's own clock.
 */
export async function sweepStaging(root: string): Promise<void> {
  const staging = join(root, stagingFolder);
  await makeFolders(staging);
  const now = await fileClock(join(staging, `${stagedPrefix}clock`));
  for (const name of await readdir(staging)) {
    const path = join(staging, name);
    if (await isAbandoned(name, path, now)) await rm(path, { recursive: true, force: true });
  }
}

/** The time by which this file system dates its files, in milliseconds. */
async function fileClock(path: string): Promise<number> {
  await writeFile(path, '');
  const { mtimeMs } = await stat(path);
  await rm(path, { force: true });
  return mtimeMs;
}

async function isAbandoned(name: string, path: string, now: number): Promise<boolean> {
  try {
    return isLeftBehind(name, (await lstat(path)).mtimeMs, now);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Whether something in the staging area belongs to nobody any more; both times by the store's own clock. */
export function isLeftBehind(name: string, modifiedAtMs: number, nowMs: number): boolean {
  const [space, pid] = name.split('-');
  if (space === processSpace && pid !== undefined && /^\d+$/.test(pid)) return !isRunning(Number(pid));
  return nowMs - modifiedAtMs > abandonedAfterMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid');
}

/** '' where the system has no such file. */
function read(fact: () => string): string {
  try {
    return fact();
  } catch {
    return '';
  }
}
