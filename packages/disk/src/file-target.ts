import { link, lstat, realpath, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupError, type CallOptions, type ImageTarget } from '@hayloft/engine';
import { errnoOf, fileError, syncFolder } from '@hayloft/directory-store';
import { openFileInTheMaking } from './file-in-the-making.ts';
import { haveSameBytes } from './same-bytes.ts';

export interface FileTargetOptions extends CallOptions {
  /** Replace a file that is there with other bytes, atomically. */
  readonly force: boolean;
  /** When known: a file of another size is refused now, not after the transfer. */
  readonly sizeBytes?: number | undefined;
}

/**
 * A file of any name as the target of a restore or export: written aside in the same folder (`.name.hayloft/`), named
 * only once it is proven and durable. A file that holds the same bytes already stays as it is.
 *
 * `USAGE_INVALID` for a folder or a device, `EXISTS_WITH_OTHER_CONTENT` for other bytes without `force`,
 * `STORE_LOCKED` when another process is making the same file.
 */
export async function createFileTarget(path: string, options: FileTargetOptions): Promise<ImageTarget> {
  options.signal.throwIfAborted();
  const final = await finalPath(resolve(path));
  const existing = await sizeOf(final);
  if (existing !== undefined && options.sizeBytes !== undefined && existing !== options.sizeBytes && !options.force) {
    throw otherContent(final);
  }
  const making = await openFileInTheMaking(
    join(dirname(final), `.${basename(final)}.hayloft`),
    basename(final),
    `"${final}"`,
  );
  return {
    description: `the file ${final}`,
    path: making.path,
    get resume() {
      return making.resume;
    },
    cloneFrom: (path, call) => making.cloneFrom(path, call),
    restart: (call) => making.restart(call),
    checkpoint: (token, offset, call) => making.checkpoint(token, offset, call),

    async commit(proof, call) {
      await making.finish(proof.sizeBytes, call);
      try {
        await publish(making.path, final, options.force, call);
      } catch (error) {
        throw fileError(error, `cannot write "${final}"`, { ENOENT: 'INTERNAL' });
      }
      await making.discard();
    },

    [Symbol.asyncDispose]: () => making[Symbol.asyncDispose](),
  };
}

/** A link to a file is followed, so that the file is replaced and not the link. */
async function finalPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && !(await isThere(path))) return path;
    throw fileError(error, `cannot write "${path}", a link that leads nowhere`, { ENOENT: 'USAGE_INVALID' });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  let found;
  try {
    found = await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fileError(error, `cannot write "${path}"`);
  }
  if (found.isFile()) return found.size;
  const kind = found.isDirectory() ? 'a folder' : 'a device or something else that is no file';
  throw new BackupError('USAGE_INVALID', `cannot write "${path}": it is ${kind}`, {
    remedy: 'Name a file that is to be written, or "-" for standard output.',
  });
}

async function publish(made: string, final: string, force: boolean, call: CallOptions): Promise<void> {
  if (await nameIfFree(made, final)) return;
  if ((await sizeOf(final)) !== undefined && (await haveSameBytes(made, final, call))) return;
  if (!force) throw otherContent(final);
  call.signal.throwIfAborted();
  await rename(made, final);
  await syncFolder(dirname(final));
}

/** By a hard link, which never replaces what another process made a moment ago. */
async function nameIfFree(made: string, final: string): Promise<boolean> {
  try {
    await link(made, final);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    // No hard links here (FAT, some shares): between this look and the rename is a moment that nothing closes.
    if ((await sizeOf(final)) !== undefined) return false;
    await rename(made, final);
  }
  await syncFolder(dirname(final));
  return true;
}

function otherContent(path: string): BackupError {
  return new BackupError('EXISTS_WITH_OTHER_CONTENT', `"${path}" exists and holds other bytes`, {
    remedy: 'Choose another name, or add --force to replace it.',
  });
}
