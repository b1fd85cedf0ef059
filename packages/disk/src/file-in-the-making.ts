import { open, readFile, rename, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, type CallOptions, type ImageTarget } from '@hayloft/engine';
import { errnoOf, fileError, makeFolders, syncFolder } from '@hayloft/directory-store';
import { cloneFile } from './clone-file.ts';
import { lockFolder } from './lock-folder.ts';

/** A file that is written aside, in a folder of its own that is locked while this is open. */
export interface FileInTheMaking
  extends Pick<ImageTarget, 'path' | 'resume' | 'restart' | 'checkpoint'>, AsyncDisposable {
  /** Holds the file, and what is to stand beside it once it is done. */
  readonly resultFolder: string;
  /** Shares the blocks of another file where the file system can; false where it cannot. */
  cloneFrom(from: string, options: CallOptions): Promise<boolean>;
  /** Checks the length that the file has and makes its bytes durable. `DATA_CORRUPT` for another length. */
  finish(sizeBytes: number, options: CallOptions): Promise<void>;
  /** Removes whatever is left of it. Disposing does the same unless a checkpoint stands. */
  discard(): Promise<void>;
}

const stateFile = 'resume.json';
const stateVersion = 1;

/**
 * Opens `folder` for the making of a file, `folder/image/<fileName>`, and takes over what an interrupted run left there.
 * `STORE_LOCKED` when another process is at it.
 */
export async function openFileInTheMaking(folder: string, fileName: string, what: string): Promise<FileInTheMaking> {
  const failed = `cannot prepare ${what} in "${folder}"`;
  const codes = { ENOENT: 'INTERNAL' } as const;
  try {
    const lock = await lockFolder(folder, `${what} is being made`);
    try {
      return await takeOver(folder, fileName, lock);
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    throw fileError(error, failed, codes);
  }
}

async function takeOver(folder: string, fileName: string, lock: AsyncDisposable): Promise<FileInTheMaking> {
  const resultFolder = join(folder, 'image');
  const path = join(resultFolder, fileName);
  await makeFolders(resultFolder);
  await (await open(path, 'a')).close();
  let resume = await readState(folder, path);
  let closed = false;

  const restart = async (): Promise<void> => {
    // In this order: bytes without a record are only waste, a record without its bytes would be a lie.
    await rm(join(folder, stateFile), { force: true });
    await syncFolder(folder);
    await truncate(path, 0);
    resume = undefined;
  };
  const close = async (keep: boolean): Promise<void> => {
    if (closed) return;
    closed = true;
    try {
      if (!keep) {
        for (const each of ['image', stateFile, `${stateFile}.new`]) {
          await rm(join(folder, each), { recursive: true, force: true });
        }
      }
    } finally {
      await lock[Symbol.asyncDispose]();
    }
  };
  if (resume === undefined) await restart();

  return {
    path,
    resultFolder,
    get resume() {
      return resume;
    },

    async cloneFrom(from, { signal }) {
      signal.throwIfAborted();
      return await cloneFile(from, path);
    },

    async restart({ signal }) {
      signal.throwIfAborted();
      await translated(path, restart);
    },

    async checkpoint(token, offset, { signal }) {
      signal.throwIfAborted();
      await translated(path, async () => {
        await using file = await open(path, 'r+');
        await file.datasync();
        await writeState(folder, { version: stateVersion, token, offset });
      });
      resume = { token, offset };
    },

    async finish(sizeBytes, { signal }) {
      signal.throwIfAborted();
      await translated(path, async () => {
        await using file = await open(path, 'r+');
        await assertLength(file, path, sizeBytes);
        await file.sync();
      });
    },

    discard: () => close(false),
    [Symbol.asyncDispose]: () => close(resume !== undefined),
  };
}

async function translated(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw fileError(error, `cannot write "${path}"`, { ENOENT: 'INTERNAL' });
  }
}

async function assertLength(file: FileHandle, path: string, sizeBytes: number): Promise<void> {
  const found = (await file.stat()).size;
  if (found === sizeBytes) return;
  throw new BackupError('DATA_CORRUPT', `"${path}" has ${found} bytes, but ${sizeBytes} were proven`, {
    remedy: 'Run the same command again, and see that nothing else writes to that folder.',
  });
}

interface State {
  readonly version: number;
  readonly token: string;
  readonly offset: number;
}

/** What stands, or undefined where nothing does or what stands cannot be trusted: then it is made from the beginning. */
async function readState(folder: string, path: string): Promise<ImageTarget['resume']> {
  let text: string;
  try {
    text = await readFile(join(folder, stateFile), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const state = parseState(text);
  if (state === undefined || (await stat(path)).size < state.offset) return undefined;
  return { token: state.token, offset: state.offset };
}

export function parseState(text: string): State | undefined {
  let value: Partial<State> | null;
  try {
    value = JSON.parse(text) as Partial<State> | null;
  } catch {
    return undefined;
  }
  const { version, token, offset } = value ?? {};
  if (version !== stateVersion || typeof token !== 'string') return undefined;
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) return undefined;
  return { version, token, offset };
}

async function writeState(folder: string, state: State): Promise<void> {
  await replaceFile(join(folder, stateFile), JSON.stringify(state));
}

/** Replaces a small file, whole or not at all, and durably. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const aside = `${path}.new`;
  {
    await using file = await open(aside, 'w');
    await file.writeFile(content);
    await file.datasync();
  }
  await rename(aside, path);
  await syncFolder(join(path, '..'));
}
