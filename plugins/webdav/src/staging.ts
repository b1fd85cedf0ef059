import { randomBytes } from 'node:crypto';
import { isLeftBehind, stagedPrefix, stagingFolder } from '@hayloft/directory-store';
import type { CallOptions } from '@hayloft/engine';
import type { DavClient } from './dav-client.ts';
import { deleteFile } from './delete-file.ts';
import { propfind } from './propfind.ts';

/** A name in the staging area that nobody else has. */
export const stagedPath = (): string => `${stagingFolder}/${stagedPrefix}${randomBytes(8).toString('hex')}`;

/**
 * Makes the staging area, or removes from it what runs left that were killed: of this machine at once, of others after
 * a day by the server's clock, by the same rules as where the folder is mounted.
 */
export async function prepareStaging(client: DavClient, call: CallOptions): Promise<void> {
  const found = await propfind(client, `${stagingFolder}/`, 1, call);
  if (found === undefined) {
    await makeCollection(client, `${stagingFolder}/`, call);
    return;
  }
  for (const { path, isCollection, modifiedAt } of found.children) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    // Folders are of those who stage through a mount; deleting one would delete all that is in it.
    if (isCollection || modifiedAt === undefined) continue;
    if (isLeftBehind(name, modifiedAt.getTime(), found.answeredAtMs)) await deleteFile(client, path, call);
  }
}

/** Makes a collection; false when it is there. */
export async function makeCollection(client: DavClient, path: string, { signal }: CallOptions): Promise<boolean> {
  const answer = await client.send({ method: 'MKCOL', path, expected: [200, 201, 204, 405], signal });
  await answer.discard();
  return answer.status !== 405;
}
