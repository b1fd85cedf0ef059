import { execFileSync } from 'node:child_process';
import type { ExecFileSyncOptions } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** Packs the program as it is shipped and installs it: what users run is what is measured. Returns its launcher. */
export function installHayloft(work: string): string {
  const folder = join(work, 'hayloft');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync(process.execPath, [join(root, 'tools/release/src/main.ts')], quiet);
  const tarball = readdirSync(join(root, 'dist')).find((name) => /^hayloft-\d.*\.tgz$/.test(name));
  if (tarball === undefined) throw new Error('the release left no tarball of hayloft in dist');
  execFileSync('npm', ['install', '--silent', join(root, 'dist', tarball)], { ...quiet, cwd: folder });
  return join(folder, 'node_modules/.bin/hayloft');
}
