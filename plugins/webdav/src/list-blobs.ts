import { stagingFolder } from '@hayloft/directory-store';
import type { BlobInfo, BlobKey } from '@hayloft/engine';
import { folderPath, keyOfPath } from './blob-path.ts';
import type { DavClient } from './dav-client.ts';
import { assertRoot, findMember, infoOf } from './look-at-blob.ts';
import { propfind, type Member } from './propfind.ts';

/** Folders that are asked for at once. */
const foldersAtOnce = 8;

/**
 * Yields every blob whose key starts with `prefix`, folder by folder: many servers refuse an infinite depth, and some
 * answer it with the first level only. Throws rather than leave a folder out; what vanishes meanwhile is left out.
 */
export async function* listBlobs(client: DavClient, prefix: string, signal: AbortSignal): AsyncGenerator<BlobInfo> {
  const start = folderPath(prefix.slice(0, prefix.lastIndexOf('/') + 1));
  if (start === undefined) return;
  const first = await findMember(client, start, 1, { signal });
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
    for (const found of await Promise.all(folders.map((folder) => propfind(client, folder, 1, { signal })))) {
      vanished ||= found === undefined;
      if (found !== undefined) pending.push(...found.children);
    }
  }
  signal.throwIfAborted();
  if (vanished) await assertRoot(client, { signal });
}

/** The key, or the beginning of keys, unless it does not begin with `prefix`. */
function keyWithin({ path }: Member, prefix: string): BlobKey | undefined {
  const key = path === stagingFolder ? undefined : keyOfPath(path);
  return key?.startsWith(prefix) === true ? key : undefined;
}
