import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Need } from './server.ts';
import { withFileLock } from './with-file-lock.ts';

/**
 * A program of an npm package with its hundreds of dependencies, which are kept out of this repository's own. It is
 * installed once per user, in `${XDG_CACHE_HOME:-~/.cache}/hayloft/servers/<name>-<version>/`.
 */
export function npmProgram(name: string, version: string, program: string): Need {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hayloft', 'servers');
  const folder = join(cache, `${name}-${version}`);
  return {
    program: join(folder, 'node_modules', '.bin', program),
    package: `npm package ${name} ${version}`,
    install: async () => {
      await mkdir(cache, { recursive: true });
      await withFileLock(`${folder}.lock`, () => installInto(folder, `${name}@${version}`));
    },
  };
}

/** Aside, then renamed: a half-made installation is never taken for a whole one. */
async function installInto(folder: string, spec: string): Promise<void> {
  const aside = await mkdtemp(`${folder}.new-`);
  try {
    await promisify(execFile)(
      'npm',
      ['install', '--prefix', aside, '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', spec],
      { cwd: dirname(folder), maxBuffer: 64 * 1024 * 1024 },
    );
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
