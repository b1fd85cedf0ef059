import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type ImageKind = 'real' | 'rand' | 'sparse' | 'huge';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/**
 * The images that everybody works on, made once and kept in `folder`:
 * *real* 1 GiB of ext4 with OS files, *rand* 1 GiB that does not compress, *sparse* 8 GiB of ext4 with little in it,
 * *huge* 64 GiB that is nearly all hole, *small*er sizes for memory at will.
 */
export function makeImage(folder: string, kind: ImageKind, sizeGiB?: number): string {
  const path = join(folder, sizeGiB === undefined ? `${kind}.raw` : `${kind}-${sizeGiB}g.raw`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const part = `${path}.part`;
  rmSync(part, { force: true });
  writeFileSync(part, '');
  if (kind === 'rand') run('sh', ['-c', `head -c ${(sizeGiB ?? 1) * GiB} /dev/urandom > "$1"`, 'sh', part]);
  if (kind === 'real') fileSystem(part, (sizeGiB ?? 1) * GiB, osFiles(folder, 930 * MiB * (sizeGiB ?? 1)));
  if (kind === 'sparse') fileSystem(part, 8 * GiB, osFiles(folder, 250 * MiB));
  if (kind === 'huge') fileSystem(part, (sizeGiB ?? 64) * GiB, osFiles(folder, 250 * MiB));
  renameSync(part, path);
  return path;
}

function fileSystem(path: string, sizeBytes: number, tree: string): void {
  truncateSync(path, sizeBytes);
  run('mke2fs', ['-q', '-t', 'ext4', '-m', '0', '-E', 'lazy_itable_init=1', '-d', tree, path]);
}

/** About `bytesMax` bytes of this machine's own programs and libraries, copied in a fixed order. */
function osFiles(folder: string, bytesMax: number): string {
  const tree = join(folder, `tree-${bytesMax}`);
  if (existsSync(tree)) return tree;
  const part = `${tree}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part);
  const script = `find /usr -xdev -type f -size +4k -printf '%s %p\\n' 2>/dev/null | LC_ALL=C sort -k2 |
    awk -v max=${bytesMax} '{ size = $1; sum += size; if (sum > max) exit; sub(/^[0-9]+ /, ""); printf "%s%c", $0, 0 }' |
    tar --null -T - -cf - 2>/dev/null | tar -xf - -C "$1"`;
  run('sh', ['-c', script, 'sh', part]);
  renameSync(part, tree);
  return tree;
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, [...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}
