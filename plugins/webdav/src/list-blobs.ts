import { stagingFolder } from '@hayloft/directory-store';
import type { BlobInfo, BlobKey, CallOptions } from '@hayloft/engine';
import { refusalOf } from '@hayloft/http';
import { folderPath, keyOfPath } from './blob-path.ts';
import type { DavClient } from './dav-client.ts';
import { assertRoot, findMember, infoOf } from './look-at-blob.ts';
import type { Found, Member } from './propfind.ts';

/** Folders that are asked for at once. */
const foldersAtOnce = 8;

/** A folder from which a file vanishes each time we look changes faster than anything we do. */
const questionsMax = 8;

/**
 * Yields every blob whose key starts with `prefix`, folder by folder: many servers refuse an infinite depth, and some
 * answer it with the first level only. Throws rather than leave a folder out; what vanishes meanwhile is left out.
 */
export async function* listBlobs(client: DavClient, prefix: string, signal: AbortSignal): AsyncGenerator<BlobInfo> {
  const start = folderPath(prefix.slice(0, prefix.lastIndexOf('/') + 1));
  if (start === undefined) return;
  const first = await readFolder(client, start, { signal });
  let vanished = first === undefined;
  const pending = first?.self.isCollection === true ? [...first.children] : [];
  while (pending.length > 0) {
    signal.throwIfAborted();
    const folders: string[] = [];
    while (pending.length > 0 && folders.length < foldersAtOnce) {
      const member = pending.pop()!;
      const key = keyWithin(member, prefix);
      if (key === undefined) continue;
      if (member.isCollection) {
        folders.push(`${member.path}/`);
        continue;
      }
      signal.throwIfAborted();
      yield infoOf(client, key, member);
    }
    for (const found of await Promise.all(folders.map((folder) => readFolder(client, folder, { signal })))) {
      vanished ||= found === undefined;
      if (found !== undefined) pending.push(...found.children);
    }
  }
  signal.throwIfAborted();
  if (vanished) await assertRoot(client, { signal });
}

/**
 * What is in a folder; undefined when it is not there. nginx answers 500 when a file vanishes between its reading of the
 * folder and its look at the file, which is no failure of the server: it is asked again, a few times.
 */
async function readFolder(client: DavClient, folder: string, call: CallOptions): Promise<Found | undefined> {
  for (let questions = 1; ; questions++) {
    try {
      return await findMember(client, folder, 1, call);
    } catch (error) {
      if (questions === questionsMax || refusalOf(error)?.status !== 500) throw error;
    }
  }
}

/** The key, or the beginning of keys, unless it does not begin with `prefix`. */
function keyWithin({ path }: Member, prefix: string): BlobKey | undefined {
  const key = path === stagingFolder ? undefined : keyOfPath(path);
  return key?.startsWith(prefix) === true ? key : undefined;
}
