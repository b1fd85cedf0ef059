import { Readable } from 'node:stream';
import type { CallOptions } from '@hayloft/engine';
import { systemClock } from '@hayloft/engine';
import type { DavClient } from './dav-client.ts';
import { put, sizeOf } from './put-whole.ts';

const oldBytes = 1_000;
const newBytes = 128 * 1024;
/** While a PUT is stuck half-way, and again after it broke, the file is looked at so often. */
const looks = 3;
const lookMs = 150;

/**
 * Tries out, on a file at `path` that nobody needs, whether a PUT leaves the old file whole until the new one is: half a PUT is
 * sent, looked at, and broken off.
 *
 * Apache, nginx and Nextcloud write aside and rename. Others write into the file itself: whoever reads then gets a part,
 * and a connection that breaks leaves it so. WebDAV has no other way to replace a file whole: a MOVE deletes first (RFC
 * 4918, 9.9.3), so a blob that is replaced is not there for a moment.
 */
export async function replacesWhole(client: DavClient, path: string, call: CallOptions): Promise<boolean> {
  const stop = new AbortController();
  const signal = AbortSignal.any([call.signal, stop.signal]);
  let broken = Promise.resolve();
  const staysOld = async (): Promise<boolean> => {
    for (let look = 0; look < looks; look++) {
      await systemClock.sleep(lookMs, call);
      if ((await sizeOf(client, path, call)) !== oldBytes) return false;
    }
    return true;
  };
  try {
    await put(client, path, new Uint8Array(oldBytes), replaced, call);
    if ((await sizeOf(client, path, call)) !== oldBytes) return false;
    broken = sendHalf(client, path, signal);
    if (!(await staysOld())) return false;
    stop.abort();
    await broken;
    return await staysOld();
  } finally {
    stop.abort();
    await broken;
  }
}

/** The answers of a server that has the file. */
export const replaced = [200, 201, 204];

/** Resolves when the PUT is over, in whatever way. */
async function sendHalf(client: DavClient, path: string, signal: AbortSignal): Promise<void> {
  const body = Readable.from(halfThenNothing(signal), { objectMode: false });
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(newBytes) };
  try {
    const answer = await client.send({ method: 'PUT', path, headers, body, expected: replaced, signal });
    await answer.discard();
  } catch {
    // It was to fail.
  }
}

async function* halfThenNothing(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(newBytes / 2);
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', resolve, { once: true });
  });
}
