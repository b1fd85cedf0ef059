import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { dataExtents } from '@hayloft/codec-workers';
import { cloneFile, openDisk } from '@hayloft/disk';
import { BackupError } from '@hayloft/engine';
import { formatBytes } from '../format.ts';
import type { Workbench } from '../workbench.ts';
import { ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

/** A hole on both sides of the data, in whole units of any file system. */
const trialBytes = 4 * 1024 * 1024;

/** The disk's images, whether it can be written, its free space, and what interrupted runs left there. */
export async function examineDisk(bench: Workbench): Promise<readonly Finding[]> {
  const { path } = openDisk(bench.assembly.configuration.disk);
  const images = await openDisk(path).list(bench);
  const broken = images.filter(({ state }) => state === 'failed');
  const { clones, holes } = await tryDisk(path);
  const { bavail, bsize } = await statfs(path);
  const unfinished = await entriesOf(join(path, 'tmp', '.hayloft', 'making'));
  return [
    ok('disk', `${path}: ${images.length} images, ${formatBytes(bavail * bsize)} free`),
    ok(
      'disk clones',
      clones ? 'files share blocks: copies of images are instant' : 'this file system cannot share blocks',
    ),
    ok(
      'disk holes',
      holes ? 'holes of sparse files are never read' : 'holes cannot be seen here: sparse files are read whole',
    ),
    ...broken.map(({ name, reason = 'it cannot be used' }) =>
      warning('image', `"${name}": ${reason}`, `Run "hayloft restore ${name} --image ${name}", or delete it.`),
    ),
    ...unfinished.map((name) =>
      warning(
        'leftover',
        `the image "${name}" was begun and not finished`,
        `Run the same command again: it goes on there.`,
      ),
    ),
  ];
}

interface DiskTraits {
  /** Files can share blocks. */
  readonly clones: boolean;
  /** Holes of files are seen, and then never read. */
  readonly holes: boolean;
}

/** Makes the disk where it is missing, writes a file with a hole to it and wipes that again. */
async function tryDisk(path: string): Promise<DiskTraits> {
  const trial = join(path, 'tmp', `.hayloft-doctor-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(trial, { recursive: true });
    await using file = await open(join(trial, 'file'), 'wx+');
    await file.truncate(trialBytes);
    await file.write(Buffer.alloc(trialBytes / 4, 1), 0, trialBytes / 4, trialBytes / 2);
    await file.datasync();
    const extents = await dataExtents(file.fd, trialBytes);
    const holes = extents.reduce((sum, { length }) => sum + length, 0) < trialBytes;
    return { holes, clones: await cloneFile(join(trial, 'file'), join(trial, 'clone')) };
  } catch (error) {
    throw new BackupError('ACCESS_DENIED', `The disk ${path} cannot be written: ${(error as Error).message}`, {
      remedy: 'Let this user write there, or choose another directory with --disk.',
      cause: error,
    });
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
