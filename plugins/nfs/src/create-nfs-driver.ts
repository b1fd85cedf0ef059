import { constants } from 'node:fs';
import { posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ShareDriver, ShareEntry, ShareKind, SharePart, ShareStat } from '@hayloft/share-store/process';
import type { LibNfs, NfsContext, NfsEntry, NfsFile, NfsSpace, NfsStat } from './libnfs.ts';
import type { NfsConnections } from './nfs-connections.ts';
import { errnoOf, isAnswer, nfsError } from './nfs-error.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_SYNC, O_WRONLY } = constants;
const fileMode = 0o644;
/** Longhorn makes its folders so. */
const folderMode = 0o700;

/** What one request carries at most, also where libnfs does not know what the server takes. */
const requestBytesMax = 1024 * 1024;

/** A name that leads to another file each time it is looked up, so often, is not being replaced. */
const lookupsMax = 16;
/** Between two of them where the server is busy: it waits for another client to give the file back. */
const busyMs = 50;

/** A folder of an NFS share. `removesAnything`: NFSv4 has one request that removes files and folders alike. */
export function createNfsDriver(library: LibNfs, connections: NfsConnections, removesAnything: boolean): ShareDriver {
  /** Waits for a call of libnfs; throws its errno. */
  const done = async (context: NfsContext, call: Promise<number>): Promise<number> => {
    const status = await call;
    if (status < 0) throw nfsError(status, library.error(context));
    return status;
  };

  /**
   * Runs `work` on a connection. A path is looked up part by part, and what was found may be replaced or pruned before it
   * is used: then the answer is ESTALE, nothing has happened, and the path is looked up anew, as kernels do. So it is
   * after an answer that the server is busy with it, a little later.
   */
  const onPath = <Result>(work: (context: NfsContext) => Promise<Result>): Promise<Result> =>
    connections.use(async (context) => {
      for (let lookup = 1; ; lookup++) {
        try {
          return await work(context);
        } catch (error) {
          const errno = errnoOf(error);
          if ((errno !== 'ESTALE' && errno !== 'EBUSY') || lookup === lookupsMax) throw error;
          if (errno === 'EBUSY') await delay(busyMs);
        }
      }
    });

  const statOn = async (context: NfsContext, path: string): Promise<ShareStat> => {
    const found: Partial<NfsStat> = {};
    await done(context, library.stat(context, path, found));
    const stat = shareStat(found as NfsStat);
    // A server may keep what was removed, the folder of the store itself for one: it has no name any more.
    if (stat.linkCount === 0) throw failure('ESTALE', `"${path}" was removed`);
    return stat;
  };

  const statIfThere = async (context: NfsContext, path: string): Promise<ShareStat | undefined> => {
    try {
      return await statOn(context, path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  };

  /** Refuses to remove the wrong kind of thing where the server would not. */
  const assertFolder = async (context: NfsContext, path: string, expected: boolean): Promise<void> => {
    if (!removesAnything) return;
    const isFolder = (await statOn(context, path)).kind === 'folder';
    if (isFolder !== expected) throw failure(isFolder ? 'EISDIR' : 'ENOTDIR', `"${path}"`);
  };

  const writeAll = async (context: NfsContext, file: NfsFile, bytes: Uint8Array): Promise<void> => {
    const countMax = Math.min(library.writeMax(context) || requestBytesMax, requestBytesMax);
    for (let offset = 0; offset < bytes.length;) {
      const count = Math.min(countMax, bytes.length - offset);
      const from = bytes.subarray(offset, offset + count);
      const written = await library.write(context, file, offset, count, from);
      if (written < 0) throw await writeFailure(context, written, count);
      if (written === 0) throw failure('EIO', 'the server wrote nothing');
      offset += written;
    }
  };

  /** Of a write over NFSv3, libnfs only says that it failed, and forgets why: ask whether there is room. */
  const writeFailure = async (context: NfsContext, status: number, count: number): Promise<Error> => {
    const error = nfsError(status, library.error(context));
    if (status !== EFAULT) return error;
    const space: Partial<NfsSpace> = {};
    if ((await library.statSpace(context, '/', space)) < 0) return error;
    const { availableBlocks, fragmentSize } = space as NfsSpace;
    if (availableBlocks * fragmentSize >= count)
      return failure('EIO', 'the server refused to write, or a quota is used up');
    return failure('ENOSPC', 'no space is left');
  };

  const readPart = async (context: NfsContext, file: NfsFile, offset: number, length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length);
    const countMax = Math.min(library.readMax(context) || requestBytesMax, requestBytesMax);
    for (let at = 0; at < length;) {
      const count = Math.min(countMax, length - at);
      const status = await library.read(context, file, offset + at, count, bytes.subarray(at, at + count));
      // libnfs does not say why, but what is open is most likely to be gone because it was replaced.
      if (status === EFAULT) throw failure('ESTALE', library.error(context));
      if (status < 0) throw nfsError(status, library.error(context));
      if (status === 0) return bytes.subarray(0, at);
      at += status;
    }
    return bytes;
  };

  /** After an error, closing may fail as well, and on a server that hangs it would wait once more: the first error counts. */
  const closing = async <Result>(context: NfsContext, file: NfsFile, work: () => Promise<Result>): Promise<Result> => {
    let result: Result;
    try {
      result = await work();
    } catch (error) {
      if (isAnswer(error)) await library.close(context, file);
      throw error;
    }
    await done(context, library.close(context, file));
    return result;
  };

  return {
    create: (path, bytes) =>
      onPath(async (context) => {
        const opened: [NfsFile | null] = [null];
        // Synchronous writes are durable when they are answered. Unlike a later commit, they do not depend on a server
        // that is the same one as when it took the bytes, which libnfs does not check.
        const flags = O_WRONLY | O_CREAT | O_EXCL | O_SYNC;
        await done(context, library.create(context, path, flags, fileMode, opened));
        await closing(context, opened[0]!, () => writeAll(context, opened[0]!, bytes));
      }),

    read: (path, { range, sizeBytesMax }) =>
      onPath(async (context) => {
        const opened: [NfsFile | null] = [null];
        await done(context, library.open(context, path, O_RDONLY | O_NOFOLLOW, 0, opened)).catch((error: unknown) => {
          throw errnoOf(error) === 'EISDIR' ? failure('ENOENT', `"${path}" is no file`) : error; // v4 opens no folder
        });
        const file = opened[0]!;
        return await closing(context, file, async (): Promise<SharePart> => {
          const found: Partial<NfsStat> = {};
          await done(context, library.statFile(context, file, found));
          const { kind, sizeBytes } = shareStat(found as NfsStat);
          if (kind !== 'file') throw failure('ENOENT', `"${path}" is no file`);
          const whole = sizeBytes <= sizeBytesMax ? sizeBytes : 0;
          const { offset, length } = range ?? { offset: 0, length: whole };
          const inside = offset >= 0 && length >= 0 && offset + length <= sizeBytes && length <= sizeBytesMax;
          return { sizeBytes, bytes: inside ? await readPart(context, file, offset, length) : new Uint8Array(0) };
        });
      }),

    stat: (path) => onPath((context) => statOn(context, path)),

    list: (path) =>
      onPath(async (context) => {
        const entries: NfsEntry[] = [];
        await done(context, library.list(context, path, entries));
        const found: ShareEntry[] = [];
        for (const entry of entries) {
          if (entry.name === '.' || entry.name === '..') continue;
          // A server need not tell everything in a listing, for instance while a file is being written.
          const known =
            entry.type === 0 ? await statIfThere(context, posix.join(path, entry.name)) : statOfEntry(entry);
          if (known !== undefined) found.push({ ...known, name: entry.name });
        }
        return found;
      }),

    makeFolder: (path) =>
      onPath(async (context) => void (await done(context, library.makeFolder(context, path, folderMode)))),
    rename: (from, to) => onPath(async (context) => void (await done(context, library.rename(context, from, to)))),
    nameIfAbsent: (from, to) => onPath(async (context) => void (await done(context, library.link(context, from, to)))),

    unlink: (path) =>
      onPath(async (context) => {
        await assertFolder(context, path, false);
        await done(context, library.unlink(context, path));
      }),
    removeFolder: (path) =>
      onPath(async (context) => {
        await assertFolder(context, path, true);
        await done(context, library.removeFolder(context, path));
      }),
  };
}

/** What libnfs calls every error of a read or a write over NFSv3. */
const EFAULT = -14;

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function shareStat({ dev, ino, mode, nlink, size, mtime, mtimeNsec }: NfsStat): ShareStat {
  return {
    kind: kindOfMode(mode),
    sizeBytes: Number(size),
    modifiedAtMs: timeMs(mtime, mtimeNsec),
    id: `${dev}:${ino}`,
    linkCount: Number(nlink),
  };
}

function kindOfMode(mode: number): ShareKind {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'folder';
    case constants.S_IFLNK:
      return 'link';
    default:
      return 'other';
  }
}

/** As NFS numbers them in a listing. */
const kindsByType: ReadonlyMap<number, ShareKind> = new Map([
  [1, 'file'],
  [2, 'folder'],
  [5, 'link'],
]);

function statOfEntry({ type, size, mtime, mtimeNsec }: NfsEntry): Omit<ShareEntry, 'name'> {
  return {
    kind: kindsByType.get(type) ?? 'other',
    sizeBytes: Number(size),
    modifiedAtMs: timeMs(mtime.seconds, mtimeNsec),
  };
}

const timeMs = (seconds: number, nanoseconds: number): number => Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
