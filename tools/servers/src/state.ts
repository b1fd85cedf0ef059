import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from './with-file-lock.ts';
import type { ProcessId } from './processes.ts';

/** One server that runs, as all processes of this user see it. */
export interface ServerState {
  readonly directory: string;
  readonly config: unknown;
  readonly processes: readonly ProcessId[];
  /** Who uses it now; a process that uses it twice stands here twice. */
  readonly users: readonly ServerUser[];
  /** Started by hand: it runs on without users. */
  readonly pinned: boolean;
}

export interface ServerUser extends ProcessId {
  readonly id: string;
}

/** The folder that all processes of this user share. */
export const stateFolder = (): string =>
  join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `hayloft-servers-${userInfo().uid}`);

/** Reads the state, lets `change` act, and writes what it returns; undefined means: it does not run. One process at a time. */
export async function changeState<Result>(
  name: string,
  change: (
    state: ServerState | undefined,
  ) => Promise<{ readonly state: ServerState | undefined; readonly result: Result }>,
): Promise<Result> {
  const folder = stateFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return withFileLock(join(folder, `${name}.lock`), async () => {
    const { state, result } = await change(await readState(name));
    await writeState(name, state);
    return result;
  });
}

/** What a look from outside shows; it may be out of date at once. */
export async function readState(name: string): Promise<ServerState | undefined> {
  const text = await readFile(statePath(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as ServerState);
}

async function writeState(name: string, state: ServerState | undefined): Promise<void> {
  const path = statePath(name);
  if (state === undefined) return rm(path, { force: true });
  await writeFile(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

const statePath = (name: string): string => join(stateFolder(), `${name}.json`);
