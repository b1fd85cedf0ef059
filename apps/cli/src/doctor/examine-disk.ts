import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { cloneFile, openDisk } from '@hayloft/disk';
import { BackupError } from '@hayloft/engine';
import { formatBytes } from '../format.ts';
import type { Workbench } from '../workbench.ts';
import { ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

/** The disk's images, whether it can be written, its free space, and what interrupted runs left there. */
export async function examineDisk(bench: Workbench): Promise<readonly Finding[]> {
  const { path } = openDisk(bench.assembly.configuration.disk);
  const images = await openDisk(path).list(bench);
  const broken = images.filter(({ state }) => state === 'failed');
  const clones = await tryDisk(path);
  const { bavail, bsize } = await statfs(path);
  const unfinished = await entriesOf(join(path, 'tmp', '.hayloft', 'making'));
  return [
    ok('disk', `${path}: ${images.length} images, ${formatBytes(bavail * bsize)} free`),
    ok(
      'disk clones',
      clones ? 'files share blocks: copies of images are instant' : 'this file system cannot share blocks',
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

/** Makes the disk where it is missing, writes to it and wipes that again. True where files can share blocks. */
async function tryDisk(path: string): Promise<boolean> {
  const trial = join(path, 'tmp', `.hayloft-doctor-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(trial, { recursive: true });
    const file = await open(join(trial, 'file'), 'wx');
    await file.writeFile(Buffer.alloc(64 * 1024, 1));
    await file.close();
    return await cloneFile(join(trial, 'file'), join(trial, 'clone'));
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
