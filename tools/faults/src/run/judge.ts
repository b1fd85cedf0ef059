import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline as pipe } from 'node:stream/promises';
import { unlockStore, verify, type BackupStore, type OperationContext } from '@hayloft/engine';
import { runLonghornPeer } from '@hayloft/tool-longhorn-peer';
import { imageOf, type Images, type KnownImage } from './images.ts';
import { backUp, contextFor, dress, type RunTools } from './run-tools.ts';
import type { Place } from './store-under-test.ts';

/** Names of the backups that are there and sound, as somebody found them. */
export type Sound = readonly string[];

/**
 * What `verify` finds over a sound network once the faults are over. Throws unless every backup that is shown is sound and
 * every one that was done is shown.
 */
export async function verifyAfterwards(place: Place, done: readonly KnownImage[], tools: RunTools): Promise<Sound> {
  const { signal } = new AbortController();
  await using store = await place.open('around', signal);
  const context = contextFor(tools.pipeline, signal);
  await unlock(store, context);
  const { ok, items, problems, untried } = await verify({ store: dress(store) }, context);
  if (!ok) throw new Error(`the store is not sound: ${JSON.stringify({ problems, untried })}`);
  for (const { name, checksum } of items) {
    if (checksum !== imageOf(tools.images, name).checksum) throw new Error(`${name} has other bytes: ${checksum}`);
  }
  const names = items.map(({ name }) => name).sort();
  const lost = done.filter(({ name }) => !names.includes(name)).map(({ name }) => name);
  if (lost.length > 0) throw new Error(`backups that were done are not there: ${lost.join(', ')}`);
  return names;
}

/** The kinds of damage that `verify` finds over a sound network. */
export async function findDamage(place: Place, tools: RunTools): Promise<readonly string[]> {
  const { signal } = new AbortController();
  await using store = await place.open('around', signal);
  const context = contextFor(tools.pipeline, signal);
  await unlock(store, context);
  return (await verify({ store: dress(store) }, context)).problems.map(({ kind }) => kind);
}

/** What Longhorn's own library restores with the right bytes. Throws unless that is all that it lists. */
export async function restoreByLonghorn(place: Place, images: Images, folder: string): Promise<Sound> {
  const { url, env } = place.longhorn;
  const listed = await runLonghornPeer(['list', url], { env });
  if (listed.exitCode !== 0) throw new Error(`Longhorn cannot list ${url}: ${JSON.stringify(listed.output)}`);
  const names = ((listed.output[0]!['names'] ?? []) as string[]).toSorted();
  await mkdir(folder, { recursive: true });
  for (const name of names) {
    const path = join(folder, name);
    const separator = url.includes('?') ? '&' : '?';
    const restored = await runLonghornPeer(['restore', `${url}${separator}backingImage=${name}`, path, '4'], { env });
    if (restored.exitCode !== 0) throw new Error(`Longhorn cannot restore ${name}: ${JSON.stringify(restored.output)}`);
    const checksum = await hashFile(path);
    await rm(path);
    if (checksum !== imageOf(images, name).checksum) throw new Error(`Longhorn restored other bytes of ${name}`);
  }
  return names;
}

/** The same runs once more over a sound network: each ends well, whatever the faults left. */
export async function runAgain(place: Place, { images, pipeline }: RunTools): Promise<void> {
  const { signal } = new AbortController();
  await using store = await place.open('around', signal);
  const context = contextFor(pipeline, signal);
  await unlock(store, context);
  for (const image of Object.values(images)) await backUp(dress(store), image, context);
}

/** What a run could not remove over its bad network; its user waits or says so. */
const unlock = (store: BackupStore, context: OperationContext): Promise<unknown> =>
  unlockStore(store, { dryRun: false, force: true }, context);

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipe(createReadStream(path), hash);
  return hash.digest('hex');
}
