import { randomBytes } from 'node:crypto';
import { errnoOf, isLeftBehind, stagedPrefix, stagingFolder } from '@hayloft/directory-store';
import type { Share } from './open-share.ts';

const staging = `/${stagingFolder}`;

/** Removes what dead processes left in the staging area, by the same rule as a directory store. */
export async function sweepShare(share: Share): Promise<void> {
  const entries = await listStaging(share);
  if (entries.length === 0) return;
  const nowMs = await shareClock(share);
  for (const { name, modifiedAtMs, kind } of entries) {
    if (isLeftBehind(name, modifiedAtMs, nowMs)) await removeTree(share, `${staging}/${name}`, kind === 'folder');
  }
}

/** Empty where there is no staging area yet: the first put makes it. */
async function listStaging(share: Share) {
  try {
    return await share.call('list', staging);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The time by which the server dates its files, in milliseconds. */
async function shareClock(share: Share): Promise<number> {
  const path = `${staging}/${stagedPrefix}${randomBytes(8).toString('hex')}`;
  // A byte: where a file is made exclusively, NFSv4 servers keep something else in its times until it is written.
  await share.call('create', path, new Uint8Array(1));
  const { modifiedAtMs } = await share.call('stat', path);
  await share.call('unlink', path);
  return modifiedAtMs;
}

async function removeTree(share: Share, path: string, isFolder: boolean): Promise<void> {
  try {
    if (!isFolder) return await share.call('unlink', path);
    for (const { name, kind } of await share.call('list', path)) {
      await removeTree(share, `${path}/${name}`, kind === 'folder');
    }
    await share.call('removeFolder', path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error; // Another process sweeps too.
  }
}
