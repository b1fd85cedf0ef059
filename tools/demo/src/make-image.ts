import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync } from 'node:fs';

const imageBytes = 1024 * 1024 * 1024;

/**
 * A real ext4 file system of 1 GiB that holds `tree`. `mke2fs` is part of every Debian and needs no root; it leaves the
 * free space a hole, as a vendor's image does.
 */
export function makeImage(image: string, tree: string): void {
  const file = openSync(image, 'w');
  ftruncateSync(file, imageBytes);
  closeSync(file);
  const path = `${process.env['PATH'] ?? ''}:/sbin:/usr/sbin`;
  const env = { ...process.env, PATH: path };
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-m', '0', '-d', tree, image], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
