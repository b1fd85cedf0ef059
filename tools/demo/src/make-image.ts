import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, openSync, ftruncateSync, closeSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const imageBytes = 1024 * 1024 * 1024;
const filesBytesMax = 400 * 1024 * 1024;

/**
 * A real ext4 file system of 1 GiB with some 400 MiB of programs in it: Node and the packages of this workspace.
 * `mke2fs` is part of every Debian and needs no root; it leaves the free space a hole, as a vendor's image does.
 */
export function makeImage(folder: string, nodeModules: string): string {
  const tree = join(folder, 'tree');
  mkdirSync(tree, { recursive: true });
  let copied = 0;
  for (const name of readdirSync(nodeModules).sort()) {
    if (name.startsWith('.') || name.startsWith('@')) continue;
    const from = join(nodeModules, name);
    const size = sizeOf(from);
    if (copied + size > filesBytesMax) continue;
    cpSync(from, join(tree, name), { recursive: true, verbatimSymlinks: true });
    copied += size;
  }
  const image = join(folder, 'parrot.raw');
  const file = openSync(image, 'w');
  ftruncateSync(file, imageBytes);
  closeSync(file);
  execFileSync('/sbin/mke2fs', ['-q', '-t', 'ext4', '-m', '0', '-d', tree, image], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return image;
}

function sizeOf(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
