import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Need } from './server.ts';

/** What the lock itself needs of the machine. */
export const lockNeed: Need = { program: 'flock', package: 'util-linux' };

/**
 * Runs `work` while no other process of this machine runs under the same lock file.
 * The lock is held by a child that ends with its standard input, so a caller that is killed leaves no lock behind.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [path, 'sh', '-c', 'echo locked; cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  try {
    await Promise.race([
      once(holder.stdout, 'data'),
      ended.then(() => Promise.reject(new Error(`the lock ${path} cannot be taken: flock ended`))),
    ]);
    return await work();
  } finally {
    holder.stdin.end();
    await ended.catch(() => {});
  }
}
