import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Need } from './server.ts';
import { withFileLock } from './with-file-lock.ts';

export interface Recipe {
  readonly name: string;
  readonly version: string;
  /** The program's path inside of what is made. */
  readonly file: string;
  /** What it is made of, for messages. */
  readonly from: string;
  /** Makes it inside an empty folder. */
  readonly make: (folder: string) => Promise<void>;
}

/**
 * A program that no Debian package brings. It is made once per user, in
 * `${XDG_CACHE_HOME:-~/.cache}/hayloft/servers/<name>-<version>/`.
 */
export function madeProgram({ name, version, file, from, make }: Recipe): Need {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hayloft', 'servers');
  const folder = join(cache, `${name}-${version}`);
  return {
    program: join(folder, file),
    package: `${from} ${version}`,
    install: async () => {
      await mkdir(cache, { recursive: true });
      await withFileLock(`${folder}.lock`, () => makeAside(folder, make));
    },
  };
}

/** Aside, then renamed: a half-made program is never taken for a whole one. */
async function makeAside(folder: string, make: Recipe['make']): Promise<void> {
  const aside = await mkdtemp(`${folder}.new-`);
  try {
    await make(aside);
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
