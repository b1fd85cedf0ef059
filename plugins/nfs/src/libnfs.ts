import { refusal } from '@hayloft/share-store/process';
import type koffiType from 'koffi';

declare const opaque: unique symbol;
/** One connection to a server; takes one call at a time. */
export interface NfsContext {
  readonly [opaque]: 'context';
}
export interface NfsFile {
  readonly [opaque]: 'file';
}

export interface NfsStat {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  readonly mtime: number;
  readonly mtimeNsec: number;
}

export interface NfsSpace {
  readonly fragmentSize: number;
  readonly availableBlocks: number;
  readonly availableFiles: number;
}

export interface NfsEntry {
  readonly name: string;
  /** As NFS numbers them: 1 file, 2 folder, 5 symbolic link; 0 where the server did not tell, nor anything else of it. */
  readonly type: number;
  readonly size: number;
  readonly mtime: { readonly seconds: number };
  readonly mtimeNsec: number;
}

/**
 * The part of libnfs that a store needs. What waits for the server runs on a thread of libuv and resolves to 0 or a
 * count, or to an errno below 0; the text for it is `error(context)`.
 */
export interface LibNfs {
  /** 4.0 cannot write over NFSv4: its requests are cut at some 4 KB. */
  readonly writesV4: boolean;
  newContext(): NfsContext | null;
  destroy(context: NfsContext): void;
  error(context: NfsContext): string;
  /** Takes `nfs://host/path?option=value&…`, of which only the options count. */
  configure(context: NfsContext, url: string): boolean;
  setTimeout(context: NfsContext, milliseconds: number): void;
  setReconnects(context: NfsContext, count: number): void;
  setCachesFolders(context: NfsContext, enabled: number): void;
  setClientName(context: NfsContext, name: string): void;
  /** Bytes a request may carry, or 0 where that is not known. */
  readMax(context: NfsContext): number;
  writeMax(context: NfsContext): number;

  mount(context: NfsContext, host: string, path: string): Promise<number>;
  create(context: NfsContext, path: string, flags: number, mode: number, file: [NfsFile | null]): Promise<number>;
  open(context: NfsContext, path: string, flags: number, mode: number, file: [NfsFile | null]): Promise<number>;
  close(context: NfsContext, file: NfsFile): Promise<number>;
  read(context: NfsContext, file: NfsFile, offset: number, count: number, into: Uint8Array): Promise<number>;
  write(context: NfsContext, file: NfsFile, offset: number, count: number, from: Uint8Array): Promise<number>;
  statFile(context: NfsContext, file: NfsFile, stat: Partial<NfsStat>): Promise<number>;
  stat(context: NfsContext, path: string, stat: Partial<NfsStat>): Promise<number>;
  statSpace(context: NfsContext, path: string, space: Partial<NfsSpace>): Promise<number>;
  rename(context: NfsContext, from: string, to: string): Promise<number>;
  link(context: NfsContext, from: string, to: string): Promise<number>;
  unlink(context: NfsContext, path: string): Promise<number>;
  makeFolder(context: NfsContext, path: string, mode: number): Promise<number>;
  removeFolder(context: NfsContext, path: string): Promise<number>;
  /** Puts what is in the folder, all of it, into `entries`. */
  list(context: NfsContext, path: string, entries: NfsEntry[]): Promise<number>;
}

/** By their names of Debian: libnfs 5 and 4. The next one, 6, has other arguments. */
const libraries = ['libnfs.so.14', 'libnfs.so.13'];

/** Loads libnfs, from a path or where the system finds it; throws a `DEPENDENCY_MISSING` where it is not. */
export async function loadLibNfs(path: string | undefined): Promise<LibNfs> {
  const failures: string[] = [];
  for (const name of path === undefined ? libraries : [path]) {
    try {
      const { default: koffi } = await import('koffi');
      return bind(koffi, name);
    } catch (error) {
      failures.push(Error.isError(error) ? error.message : String(error));
    }
  }
  throw refusal(
    'DEPENDENCY_MISSING',
    `libnfs, the library that speaks NFS, cannot be loaded (${failures.join('; ')})`,
    'Install it (Debian and Ubuntu: "apt install libnfs13", newer ones "libnfs14"), or mount the share and set "mountedAt".',
  );
}

type Koffi = typeof koffiType;

function bind(koffi: Koffi, path: string): LibNfs {
  const lib = koffi.load(path);
  koffi.reset(); // names of types that another library gave, which could not be given again
  koffi.opaque('nfs_context');
  koffi.opaque('nfs_url');
  koffi.opaque('nfsfh');
  koffi.opaque('nfsdir');
  koffi.struct('nfs_stat_64', statFields);
  koffi.struct('nfs_statvfs_64', spaceFields);
  koffi.struct('nfs_timeval', { seconds: 'int64', microseconds: 'int64' });
  const dirent = koffi.struct('nfsdirent', entryFields);

  const has = (symbol: string): boolean => {
    try {
      lib.func(`void ${symbol}()`);
      return true;
    } catch {
      return false;
    }
  };
  // The types below say what the C declarations beside them promise.
  /* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-explicit-any */
  const now = (declaration: string): any => lib.func(declaration);
  const waiting = (declaration: string): any => {
    const call = lib.func(declaration);
    return (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        call.async(...args, (error: Error | null, result: unknown) =>
          error === null ? resolve(result) : reject(error),
        );
      });
  };
  const parseUrl: (context: NfsContext, url: string) => unknown = now(
    'nfs_url *nfs_parse_url_dir(nfs_context *context, const char *url)',
  );
  const destroyUrl: (url: unknown) => void = now('void nfs_destroy_url(nfs_url *url)');
  const openFolder: (context: NfsContext, path: string, folder: [unknown]) => Promise<number> = waiting(
    'int nfs_opendir(nfs_context *context, const char *path, _Out_ nfsdir **folder)',
  );
  const readFolder: (context: NfsContext, folder: unknown) => unknown = now(
    'nfsdirent *nfs_readdir(nfs_context *context, nfsdir *folder)',
  );
  const closeFolder: (context: NfsContext, folder: unknown) => void = now(
    'void nfs_closedir(nfs_context *context, nfsdir *folder)',
  );

  return {
    // A function that came with the version that can.
    writesV4: has('nfs_set_auxiliary_gids'),
    newContext: now('nfs_context *nfs_init_context()'),
    destroy: now('void nfs_destroy_context(nfs_context *context)'),
    error: now('const char *nfs_get_error(nfs_context *context)'),
    configure(context, url) {
      const parsed = parseUrl(context, url);
      if (parsed === null) return false;
      destroyUrl(parsed);
      return true;
    },
    setTimeout: now('void nfs_set_timeout(nfs_context *context, int milliseconds)'),
    setReconnects: now('void nfs_set_autoreconnect(nfs_context *context, int count)'),
    setCachesFolders: now('void nfs_set_dircache(nfs_context *context, int enabled)'),
    setClientName: now('void nfs4_set_client_name(nfs_context *context, const char *name)'),
    readMax: now('uint64 nfs_get_readmax(nfs_context *context)'),
    writeMax: now('uint64 nfs_get_writemax(nfs_context *context)'),
    mount: waiting('int nfs_mount(nfs_context *context, const char *host, const char *path)'),
    create: waiting('int nfs_create(nfs_context *context, const char *path, int flags, int mode, _Out_ nfsfh **file)'),
    open: waiting('int nfs_open2(nfs_context *context, const char *path, int flags, int mode, _Out_ nfsfh **file)'),
    close: waiting('int nfs_close(nfs_context *context, nfsfh *file)'),
    read: waiting('int nfs_pread(nfs_context *context, nfsfh *file, uint64 offset, uint64 count, void *into)'),
    write: waiting('int nfs_pwrite(nfs_context *context, nfsfh *file, uint64 offset, uint64 count, const void *from)'),
    statFile: waiting('int nfs_fstat64(nfs_context *context, nfsfh *file, _Out_ nfs_stat_64 *stat)'),
    stat: waiting('int nfs_lstat64(nfs_context *context, const char *path, _Out_ nfs_stat_64 *stat)'),
    statSpace: waiting('int nfs_statvfs64(nfs_context *context, const char *path, _Out_ nfs_statvfs_64 *space)'),
    rename: waiting('int nfs_rename(nfs_context *context, const char *from, const char *to)'),
    link: waiting('int nfs_link(nfs_context *context, const char *from, const char *to)'),
    unlink: waiting('int nfs_unlink(nfs_context *context, const char *path)'),
    makeFolder: waiting('int nfs_mkdir2(nfs_context *context, const char *path, int mode)'),
    removeFolder: waiting('int nfs_rmdir(nfs_context *context, const char *path)'),
    async list(context, path, entries) {
      const folder: [unknown] = [null];
      const status = await openFolder(context, path, folder);
      if (status < 0) return status;
      // All of it is in memory already.
      for (let entry = readFolder(context, folder[0]); entry !== null; entry = readFolder(context, folder[0])) {
        entries.push(koffi.decode(entry, dirent) as NfsEntry);
      }
      closeFolder(context, folder[0]);
      return status;
    },
  };
  /* eslint-enable */
}

/** `struct nfs_stat_64`. */
const statFields = Object.fromEntries(
  [
    ...['dev', 'ino', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'size', 'blockSize', 'blocks'],
    ...['atime', 'mtime', 'ctime', 'atimeNsec', 'mtimeNsec', 'ctimeNsec', 'used'],
  ].map((name) => [name, 'uint64']),
);

/** `struct nfs_statvfs_64`. */
const spaceFields = Object.fromEntries(
  [
    ...['blockSize', 'fragmentSize', 'blocks', 'freeBlocks', 'availableBlocks'],
    ...['files', 'freeFiles', 'availableFiles', 'fsid', 'flags', 'nameMax'],
  ].map((name) => [name, 'uint64']),
);

/** `struct nfsdirent`. */
const entryFields = {
  next: 'void *',
  name: 'const char *',
  inode: 'uint64',
  type: 'uint32',
  mode: 'uint32',
  size: 'uint64',
  atime: 'nfs_timeval',
  mtime: 'nfs_timeval',
  ctime: 'nfs_timeval',
  uid: 'uint32',
  gid: 'uint32',
  nlink: 'uint32',
  dev: 'uint64',
  rdev: 'uint64',
  blockSize: 'uint64',
  blocks: 'uint64',
  used: 'uint64',
  atimeNsec: 'uint32',
  mtimeNsec: 'uint32',
  ctimeNsec: 'uint32',
};
