import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { fileError, errnoOf } from '@hayloft/directory-store';

/** What a file system says that cannot share blocks between these two files. */
const cannotClone = ['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY', 'EPERM'];

/**
 * Lets `to` share the blocks of `from` where the file system can (Btrfs, XFS): at once, and without taking space. False
 * where it cannot; `to` is then as it was. Never copies instead: Node's own fallback would fill every hole.
 */
export async function cloneFile(from: string, to: string): Promise<boolean> {
  // Aside, because a clone that fails removes the file that it was to fill.
  const aside = `${to}.clone`;
  try {
    await copyFile(from, aside, constants.COPYFILE_FICLONE_FORCE);
    await rename(aside, to);
    return true;
  } catch (error) {
    await rm(aside, { force: true });
    if (cannotClone.includes(errnoOf(error) ?? '')) return false;
    throw fileError(error, `cannot clone "${from}"`, { ENOENT: 'SOURCE_NOT_FOUND' });
  }
}
