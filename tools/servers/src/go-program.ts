import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Need } from './server.ts';
import { withFileLock } from './with-file-lock.ts';

/**
 * A program that Go builds of its module. It is built once per user, in
 * `${XDG_CACHE_HOME:-~/.cache}/hayloft/servers/<name>-<version>/`.
 */
export function goProgram(path: string, version: string): Need {
  const name = basename(path);
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hayloft', 'servers');
  const folder = join(cache, `${name}-${version}`);
  return {
    program: join(folder, name),
    package: `Go module ${path} ${version}`,
    install: async () => {
      await mkdir(cache, { recursive: true });
      await withFileLock(`${folder}.lock`, () => buildInto(folder, `${path}@${version}`));
    },
  };
}

/** Aside, then renamed: a half-made program is never taken for a whole one. */
async function buildInto(folder: string, spec: string): Promise<void> {
  const aside = await mkdtemp(`${folder}.new-`);
  try {
    await promisify(execFile)('go', ['install', '-ldflags=-s -w', spec], {
      // Static: no C compiler is needed. Where this Go is older than the module wants, it fetches the one wanted.
      env: { ...process.env, GOBIN: aside, CGO_ENABLED: '0', GOFLAGS: '-trimpath', GOTOOLCHAIN: 'auto' },
      maxBuffer: 64 * 1024 * 1024,
    });
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
