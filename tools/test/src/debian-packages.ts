import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Installs what `debian-packages.txt` lists and this machine lacks. Resolves to `undefined` when all of it is there
 * afterwards, else to the reason why not: tests that need a package then say so themselves.
 */
export async function installDebianPackages(): Promise<string | undefined> {
  const list = await readFile(join(import.meta.dirname, '../debian-packages.txt'), 'utf8');
  const missing = await missingPackages(parsePackageList(list));
  if (missing.length === 0) return undefined;
  const names = missing.join(' ');
  if (process.getuid?.() !== 0) return `not root, so Debian's ${names} cannot be installed`;
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env, maxBuffer: 64 << 20 });
    return undefined;
  } catch (error) {
    return `Debian's ${names} cannot be installed: ${Error.isError(error) ? error.message.trim() : String(error)}`;
  }
}

/** The first word of each line that is neither blank nor a comment. */
export function parsePackageList(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.filter((line) => line !== '').map((line) => line.split(/\s+/)[0] ?? '');
}

async function missingPackages(names: readonly string[]): Promise<string[]> {
  const states = await Promise.all(names.map(isInstalled));
  return names.filter((_, index) => !states[index]);
}

/** False as well where there is no dpkg: installing then says what is wrong. */
async function isInstalled(name: string): Promise<boolean> {
  try {
    const { stdout } = await run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]);
    return stdout === 'installed';
  } catch {
    return false;
  }
}
