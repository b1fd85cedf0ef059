import { BackupError, systemClock, type CallOptions } from '@hayloft/engine';
import { maskUrl } from '@hayloft/http';
import type { DavClient } from './dav-client.ts';
import { propfind } from './propfind.ts';

/** Pauses between looks at a file that a server says it has: 3 s in all. */
const looksAfterMs = [0, 100, 200, 400, 800, 1_600];

/** Writes a file and resolves when the server shows all of it: some answer before they have it, some keep a part. */
export async function putWhole(client: DavClient, path: string, data: Uint8Array, call: CallOptions): Promise<void> {
  await put(client, path, data, [200, 201, 202, 204], call);
  await untilThere(client, path, data.length, call);
}

/** Writes a file; that the server has all of it is only what it says. */
export async function put(
  client: DavClient,
  path: string,
  data: Uint8Array,
  expected: readonly number[],
  { signal }: CallOptions,
): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' };
  const answer = await client.send({ method: 'PUT', path, headers, body: data, expected, signal });
  await answer.discard();
}

/** Waits until a file is there with that size. `STORE_UNAVAILABLE` when it never is. */
export async function untilThere(client: DavClient, path: string, sizeBytes: number, call: CallOptions): Promise<void> {
  let seen: number | undefined;
  for (const ms of looksAfterMs) {
    if (ms > 0) await systemClock.sleep(ms, call);
    seen = await sizeOf(client, path, call);
    if (seen === sizeBytes) return;
  }
  const shown = seen === undefined ? 'it is not there' : `${seen} are there`;
  throw new BackupError(
    'STORE_UNAVAILABLE',
    `the server said that it has ${sizeBytes} bytes of ${maskUrl(client.url(path))}, but ${shown}`,
    { remedy: 'Check the disk and the quota of the server, then run the same command again.' },
  );
}

/** Undefined when the file is not there. */
export async function sizeOf(client: DavClient, path: string, call: CallOptions): Promise<number | undefined> {
  const found = await propfind(client, path, 0, call);
  return found === undefined || found.self.isCollection ? undefined : found.self.sizeBytes;
}
