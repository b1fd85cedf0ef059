import { readFile, realpath } from 'node:fs/promises';
import { createDirectoryStore, errnoOf, fileError } from '@hayloft/directory-store';
import type { BackupStore, Logger } from '@hayloft/engine';

export interface MountedStoreOptions {
  /** Absolute path of the store's folder where the share is mounted. */
  readonly path: string;
  /** The share's own URL, for people. */
  readonly location: string;
  readonly writable: boolean;
  readonly logger: Logger;
  /** Linux's list of mounts; '' where there is none, and then any folder will do. */
  readonly readMounts?: (() => Promise<string>) | undefined;
}

/**
 * A store on a share that the machine has mounted. Warns where nothing is mounted: the folder that waits for a share is
 * empty and takes everything, and backups land on the local disk. It is no refusal, because a mount cannot be told for
 * certain (a container may show its volume in many ways).
 */
export async function createMountedStore(options: MountedStoreOptions): Promise<BackupStore> {
  const { path, location, writable, logger, readMounts = readOwnMounts } = options;
  let found: string;
  try {
    found = await realpath(path);
  } catch (error) {
    throw fileError(error, `cannot open ${location} at "${path}"`, {
      ENOENT: 'STORE_INVALID',
      ENOTDIR: 'STORE_INVALID',
    });
  }
  const mount = mountOf(found, await readMounts());
  if (mount !== undefined && !mayBeShare(found, mount)) {
    logger.warn(
      `nothing is mounted at "${path}", a folder of the ${mount.type} file system at "${mount.point}": what is backed up to ${location} stays on this machine`,
    );
  }
  return createDirectoryStore({ path: found, location, writable });
}

interface Mount {
  readonly point: string;
  /** Of the file system: `nfs4`, `cifs`, `ext4`. */
  readonly type: string;
}

/** A folder of a file system that comes from elsewhere, or a mount of its own, such as a container's volume. */
function mayBeShare(path: string, { point, type }: Mount): boolean {
  return (
    (path === point && point !== '/') ||
    /^(?:nfs|nfs4|cifs|smb3|smbfs|9p|virtiofs|ceph|lustre|glusterfs|fuse.*)$/.test(type)
  );
}

/** The mount that `path` is on; the last of those with the longest path lies on top. */
export function mountOf(path: string, mounts: string): Mount | undefined {
  let found: Mount | undefined;
  for (const line of mounts.split('\n')) {
    const fields = line.split(' ');
    const [point, type] = [unescape(fields[4] ?? ''), fields[fields.indexOf('-', 6) + 1]];
    if (point === '' || type === undefined) continue;
    const covers = path === point || path.startsWith(point === '/' ? point : `${point}/`);
    if (covers && point.length >= (found?.point.length ?? 0)) found = { point, type };
  }
  return found;
}

/** The kernel writes blanks and the like in octal. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

async function readOwnMounts(): Promise<string> {
  try {
    return await readFile('/proc/self/mountinfo', 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ''; // not Linux
    throw fileError(error, 'cannot read the list of mounts');
  }
}
