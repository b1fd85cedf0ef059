import { execFile } from 'node:child_process';
import { access, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { findProgram } from './programs.ts';
import type { Need } from './server.ts';

/** Installs the programs that are missing. Resolves to why that is impossible, or to undefined. */
export async function install(needs: readonly Need[]): Promise<string | undefined> {
  const missing: Need[] = [];
  for (const need of needs) {
    if ((await findProgram(need.program)) === undefined) missing.push(need);
  }
  const reasons = [await installPackages(missing.filter((need) => need.install === undefined))];
  // After the packages, which may bring what these are made with.
  for (const need of missing) reasons.push(await installByItself(need));
  const failures = reasons.filter((reason) => reason !== undefined);
  return failures.length === 0 ? undefined : failures.join('; ');
}

async function installByItself(need: Need): Promise<string | undefined> {
  // Servers may share a need, and then it is there already.
  if (need.install === undefined || (await findProgram(need.program)) !== undefined) return undefined;
  try {
    await need.install();
    return undefined;
  } catch (error) {
    return `${need.package} could not be installed: ${lastLine(error)}`;
  }
}

async function installPackages(needs: readonly Need[]): Promise<string | undefined> {
  if (needs.length === 0) return undefined;
  const packages = [...new Set(needs.map((need) => need.package))].sort();
  if ((await findProgram('apt-get')) === undefined) return `${packages.join(', ')} missing and no apt-get here`;
  if (process.getuid?.() !== 0) return `${packages.join(', ')} missing and only root may install`;
  try {
    await withoutStarting(async () => {
      // Lists may be missing or old on a fresh machine; a first failure costs nothing.
      await aptGet('install', ...packages).catch(async () => {
        await aptGet('update');
        await aptGet('install', ...packages);
      });
    });
  } catch (error) {
    return `${packages.join(', ')} could not be installed: ${lastLine(error)}`;
  }
  return undefined;
}

async function aptGet(...args: readonly string[]): Promise<void> {
  await promisify(execFile)(
    'apt-get',
    ['-qq', '-y', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends', ...args],
    {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    },
  );
}

const policy = '/usr/sbin/policy-rc.d';

/** Debian starts a daemon as soon as it is installed; ours run on their own ports, in their own folders. */
async function withoutStarting(work: () => Promise<void>): Promise<void> {
  const ours = await access(policy).then(
    () => false,
    () => true,
  );
  if (ours) await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    if (ours) await rm(policy, { force: true });
  }
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr ?? message).trim().split('\n').at(-1) ?? message;
}
