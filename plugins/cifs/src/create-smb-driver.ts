import type { ShareDriver, ShareStat } from '@hayloft/share-store/process';
import { createPathTurns } from './path-turns.ts';
import { createSharedFlushes } from './shared-flushes.ts';
import { fromShareName, toSharePath } from './share-path.ts';
import { access, type OpenOptions, type SmbFile } from './smb/smb-file.ts';
import type { SmbShare } from './smb/smb-share.ts';
import { SmbStatusError, status } from './smb/status.ts';

const toRead: OpenOptions = { access: access.readData + access.readAttributes, disposition: 'open', kind: 'file' };
const toLook: OpenOptions = { access: access.readAttributes, disposition: 'open' };
const toList: OpenOptions = { access: access.readData, disposition: 'open', kind: 'folder' };
/** In a folder, the right to write data is that to add files. */
const toFlush: OpenOptions = { access: access.writeData, disposition: 'open', kind: 'folder' };
const toMove: OpenOptions = { access: access.delete + access.readAttributes, disposition: 'open' };
const toCreate: OpenOptions = { access: access.writeData, disposition: 'create', kind: 'file' };
const toMakeFolder: OpenOptions = { access: access.readAttributes, disposition: 'create', kind: 'folder' };

/** The folder of a share as the store needs it. `share` gives the share that is open, and opens it again if need be. */
export function createSmbDriver(share: () => Promise<SmbShare>, folder: string): ShareDriver {
  const turns = createPathTurns();

  /** Opens `path`, works on it and closes it, while nobody else of this process has it open. */
  const onFile = <Result>(path: string, how: OpenOptions, work: (file: SmbFile) => Promise<Result>): Promise<Result> =>
    turns.take(path, async () => withFile(await share(), toSharePath(folder, path), how, work));

  /** Which entries a folder has is durable then. */
  const flushFolder = createSharedFlushes(async (path) => {
    try {
      await withFile(await share(), toSharePath(folder, path), toFlush, (file) => file.flush());
    } catch (error) {
      if (!isNoFlush(error)) throw error;
    }
  });

  /** Says of a refusal that nobody may write here, where the server told so when the share was opened. */
  const writing = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const { mayWrite } = await share();
    try {
      return await work();
    } catch (error) {
      if (!mayWrite && codeOf(error) === 'EACCES')
        throw Object.assign(new Error('a read-only share'), { code: 'EROFS' });
      throw error;
    }
  };

  return {
    create: (path, bytes) =>
      writing(() =>
        onFile(path, toCreate, async (file) => {
          await file.write(bytes);
          await file.flush();
        }),
      ),

    read: (path, { range, sizeBytesMax }) =>
      asFile(
        onFile(path, toRead, async (file) => {
          const { sizeBytes } = file;
          const { offset, length } = range ?? { offset: 0, length: sizeBytes <= sizeBytesMax ? sizeBytes : 0 };
          const inFile = offset >= 0 && length >= 0 && offset + length <= sizeBytes;
          return { sizeBytes, bytes: inFile ? await file.read(offset, length) : new Uint8Array(0) };
        }),
      ),

    stat: (path) => onFile(path, toLook, (file) => lookAt(file, path)),

    list: async (path) => {
      const entries = await withFile(await share(), toSharePath(folder, path), toList, (file) => file.list());
      return entries.map((entry) => ({ ...entry, name: fromShareName(entry.name) }));
    },

    makeFolder: (path) =>
      writing(async () => {
        await onFile(path, toMakeFolder, async () => {});
        await flushFolder(parentOf(path));
      }),

    rename: (from, to) =>
      writing(async () => {
        // Samba lets nothing into a folder that the same connection is moving or removing.
        await turns.take(parentOf(to), () =>
          turns.take(to, async () => moveInOneStep(await share(), toSharePath(folder, from), toSharePath(folder, to))),
        );
        await flushFolder(parentOf(to));
      }),

    unlink: (path) =>
      writing(async () => {
        await onFile(path, { ...toMove, kind: 'file' }, (file) => file.remove());
        await flushFolder(parentOf(path));
      }),

    removeFolder: (path) =>
      writing(async () => {
        await onFile(path, { ...toMove, kind: 'folder' }, (file) => file.remove());
        await flushFolder(parentOf(path));
      }),
  };
}

/** Opens, works and closes. What fails first is what is thrown; a file that cannot be closed may not be durable. */
async function withFile<Result>(
  share: SmbShare,
  name: string,
  how: OpenOptions,
  work: (file: SmbFile) => Promise<Result>,
): Promise<Result> {
  const file = await share.open(name, how, `"${name}"`);
  let result: Result;
  try {
    result = await work(file);
  } catch (error) {
    await file.close().catch(() => {}); // the failed work is the news
    throw error;
  }
  await file.close();
  return result;
}

/** The number tells whether the store's folder is still the same one; nobody asks for that of others. */
async function lookAt(file: SmbFile, path: string): Promise<ShareStat> {
  return {
    kind: file.isFolder ? 'folder' : 'file',
    sizeBytes: file.sizeBytes,
    modifiedAtMs: file.modifiedAtMs,
    id: path === '/' ? String(await file.fileNumber()) : '',
    linkCount: 1,
  };
}

/** A file replaces a file; a folder takes only a name where nothing is. */
async function moveInOneStep(share: SmbShare, from: string, to: string): Promise<void> {
  try {
    await withFile(share, from, toMove, (file) => file.rename(to, !file.isFolder));
  } catch (error) {
    if (statusOf(error) !== status.accessDenied && statusOf(error) !== status.sharingViolation) throw error;
    throw await whyNotReplaced(share, to, error);
  }
}

/**
 * A server that may not replace a file because somebody has it open says the same as one that may not at all. Whether we
 * may delete what stands there tells the two apart.
 */
async function whyNotReplaced(share: SmbShare, to: string, refused: unknown): Promise<unknown> {
  try {
    const isFolder = await withFile(share, to, toMove, async (file) => file.isFolder);
    return Object.assign(new Error(isFolder ? 'a folder stands there' : 'somebody has it open'), {
      code: isFolder ? 'EISDIR' : 'EBUSY',
    });
  } catch (error) {
    return statusOf(error) === status.sharingViolation ? error : refused;
  }
}

async function asFile<Result>(reading: Promise<Result>): Promise<Result> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === 'EISDIR') throw Object.assign(new Error('a folder'), { code: 'ENOENT' });
    throw error;
  }
}

/**
 * A server that cannot flush a folder, and one on which it is gone already: whoever removed it flushed what it stood in.
 * Windows keeps a journal of its folders, and what else there is cannot be asked for more.
 */
function isNoFlush(error: unknown): boolean {
  return ['ENOTSUP', 'EINVAL', 'EACCES', 'ENOENT'].includes(codeOf(error) ?? '');
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const statusOf = (error: unknown): number | undefined => (error instanceof SmbStatusError ? error.status : undefined);
const codeOf = (error: unknown): string | undefined => (error as { code?: string }).code;
