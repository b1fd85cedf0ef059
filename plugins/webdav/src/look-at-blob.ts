import { BackupError, type BlobInfo, type BlobKey, type CallOptions } from '@hayloft/engine';
import { maskUrl, refusalOf } from '@hayloft/http';
import { blobPath } from './blob-path.ts';
import type { DavClient } from './dav-client.ts';
import { propfind, type Found, type Member } from './propfind.ts';

/** `BLOB_NOT_FOUND` when there is none, and `STORE_UNAVAILABLE` when it is the whole store that is not there. */
export async function lookAtBlob(client: DavClient, key: BlobKey, call: CallOptions): Promise<BlobInfo> {
  const member = await findBlob(client, key, call);
  if (member === undefined) throw await absence(client, key, call);
  return infoOf(client, key, member);
}

/** The file of that key, or undefined: a collection is none. */
export async function findBlob(client: DavClient, key: BlobKey, call: CallOptions): Promise<Member | undefined> {
  const found = await findMember(client, blobPath(key), 0, call);
  return found === undefined || found.self.isCollection ? undefined : found.self;
}

/** As `propfind`; but what stands below a file is not there, though Apache calls the question a bad one. */
export async function findMember(
  client: DavClient,
  path: string,
  depth: 0 | 1,
  call: CallOptions,
): Promise<Found | undefined> {
  try {
    return await propfind(client, path, depth, call);
  } catch (error) {
    if (refusalOf(error)?.status === 400 && (await isBelowFile(client, path, call))) return undefined;
    throw error;
  }
}

async function isBelowFile(client: DavClient, path: string, call: CallOptions): Promise<boolean> {
  const parts = path.split('/').slice(0, -1);
  for (let count = 1; count <= parts.length; count++) {
    const found = await propfind(client, parts.slice(0, count).join('/'), 0, call);
    if (found === undefined || !found.self.isCollection) return true;
  }
  return false;
}

/** The error for a blob that is not there; but a server without its disk has no blobs either. */
async function absence(client: DavClient, key: BlobKey, call: CallOptions): Promise<BackupError> {
  await assertRoot(client, call);
  return new BackupError('BLOB_NOT_FOUND', `there is no "${key}" in ${maskUrl(client.root)}`, {
    remedy: 'Check the name and the target.',
  });
}

/** Throws unless the folder that is the store is there. */
export async function assertRoot(client: DavClient, call: CallOptions): Promise<void> {
  if ((await propfind(client, '', 0, call))?.self.isCollection === true) return;
  throw new BackupError(
    'STORE_UNAVAILABLE',
    `${maskUrl(client.root)} is gone: the server has no such folder any more`,
    {
      remedy: 'Check the disk behind the server, then run the same command again.',
    },
  );
}

/** `STORE_INVALID` when the server does not say how large a file is, or when it was written. */
export function infoOf(client: DavClient, key: BlobKey, { sizeBytes, modifiedAt }: Member): BlobInfo {
  if (sizeBytes !== undefined && modifiedAt !== undefined) return { key, sizeBytes, modifiedAt };
  const what = sizeBytes === undefined ? 'how large it is (getcontentlength)' : 'when it was written (getlastmodified)';
  throw new BackupError('STORE_INVALID', `${maskUrl(client.root)} does not say of "${key}" ${what}`, {
    remedy: 'Use another WebDAV server: without that, nobody can tell a whole blob or a live lock.',
  });
}

/** True for an error that may only mean that a collection was treated as a file. */
export function refusesCollection(error: unknown): boolean {
  return [301, 302, 303, 307, 308, 400, 403, 405].includes(refusalOf(error)?.status ?? 0);
}
