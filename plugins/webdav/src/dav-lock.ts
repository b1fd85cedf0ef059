import type { CallOptions } from '@hayloft/engine';
import type { DavClient } from './dav-client.ts';

export interface DavLock {
  /** A URI, without the brackets around it. */
  readonly token: string;
}

const question =
  '<?xml version="1.0" encoding="utf-8"?><lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope>' +
  '<locktype><write/></locktype><owner>hayloft</owner></lockinfo>';

/** How long the server keeps the lock of a client that died. */
const lockSeconds = 30;
const unlockMsMax = 5_000;

/** Locks a collection and all that is in it. Undefined where the server does not, or somebody else has locked it. */
export async function lockCollection(
  client: DavClient,
  folder: string,
  { signal }: CallOptions,
): Promise<DavLock | undefined> {
  const headers = { depth: 'infinity', timeout: `Second-${lockSeconds}`, 'content-type': 'application/xml' };
  const expected = [200, 201, 207, 400, 403, 404, 405, 409, 412, 423, 424, 501];
  const answer = await client.send({ method: 'LOCK', path: `${folder}/`, headers, body: question, expected, signal });
  await answer.discard();
  const token = /<([^<>]+)>/.exec(answer.headers.get('lock-token') ?? '')?.[1];
  return answer.status < 202 && token !== undefined ? { token } : undefined;
}

/** Ends a lock, also when the call that needed it was aborted. One that cannot be ended expires by itself. */
export async function unlock(client: DavClient, folder: string, { token }: DavLock): Promise<void> {
  const request = { method: 'UNLOCK', path: `${folder}/`, headers: { 'lock-token': `<${token}>` } };
  try {
    const signal = AbortSignal.timeout(unlockMsMax);
    const answer = await client.send({ ...request, expected: [200, 204, 400, 404, 409, 412], signal });
    await answer.discard();
  } catch {
    // It expires.
  }
}
