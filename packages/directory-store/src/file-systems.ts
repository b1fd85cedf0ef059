import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './file-error.ts';

/** What a kind of file system lets a store promise. */
export interface FileSystemTraits {
  /** A listing shows at once what any other process has put: all of them look at the same kernel. */
  readonly local: boolean;
  /** `link` fails atomically where the name is taken. */
  readonly hardLinks: boolean;
}

const local: FileSystemTraits = { local: true, hardLinks: true };

/** By the magic numbers of statfs(2). What is not here (SMB, FUSE, …) is promised nothing: that is slower, not wrong. */
const knownFileSystems: ReadonlyMap<number, FileSystemTraits> = new Map([
  [0xef53, local], // ext2, ext3, ext4
  [0x58465342, local], // XFS
  [0x9123683e, local], // Btrfs
  [0x2fc12fc1, local], // ZFS
  [0xca451a4e, local], // bcachefs
  [0xf2f52010, local], // F2FS
  [0x01021994, local], // tmpfs
  [0x794c7630, local], // overlayfs
  [0x6969, { local: false, hardLinks: true }], // NFS
]);

/** Of the file system that holds `path`, or will hold it. */
export async function fileSystemTraits(path: string): Promise<FileSystemTraits> {
  try {
    return knownFileSystems.get((await statfs(path)).type) ?? { local: false, hardLinks: false };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && dirname(path) !== path) return fileSystemTraits(dirname(path));
    throw error;
  }
}
