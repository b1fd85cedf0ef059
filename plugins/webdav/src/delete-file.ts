import { BackupError, type CallOptions } from '@hayloft/engine';
import { maskUrl } from '@hayloft/http';
import type { DavClient } from './dav-client.ts';
import { sizeOf } from './put-whole.ts';

/** Removes a file; resolves when it is gone, also if it was. Never for a collection: all that is in it would go along. */
export async function deleteFile(client: DavClient, path: string, call: CallOptions): Promise<void> {
  const expected = [200, 202, 204, 207, 404, 410];
  const answer = await client.send({ method: 'DELETE', path, expected, signal: call.signal });
  await answer.discard();
  if (![200, 202, 207].includes(answer.status)) return;
  // Done, to be done, partly done, or a page that knows nothing of it.
  if ((await sizeOf(client, path, call)) === undefined) return;
  const where = maskUrl(client.url(path));
  throw new BackupError(
    'STORE_UNAVAILABLE',
    `DELETE ${where} was answered ${answer.status}, but the file is still there`,
    {
      remedy: 'Check the rights of this user on the server, then run the same command again.',
    },
  );
}
