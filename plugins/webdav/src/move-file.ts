import { isBackupError, type CallOptions } from '@hayloft/engine';
import { maskUrl, refusalOf, type HttpAnswer } from '@hayloft/http';
import type { DavClient } from './dav-client.ts';
import { davError } from './dav-error.ts';
import { parseMultistatus } from './multistatus.ts';
import { untilThere } from './put-whole.ts';
import { readAnswer } from './read-answer.ts';

export interface MoveOptions extends CallOptions {
  readonly overwrite: boolean;
  readonly sizeBytes: number;
}

/** Gives a file its name. Resolves to false when the name is taken and `overwrite` is not set: then nothing happened. */
export type MoveFile = (from: string, to: string, options: MoveOptions) => Promise<boolean>;

/**
 * A server behind a proxy that ends TLS takes a whole URL as the destination for one on another server, and Apache takes
 * nothing but a whole URL: the form that the server understood once is kept.
 */
export function createMoveFile(client: DavClient): MoveFile {
  let short = false;

  return async (from, to, options) => {
    try {
      return await moveOnce(client, from, to, { ...options, short });
    } catch (error) {
      if (short || !isBackupError(error) || ![400, 502].includes(refusalOf(error)?.status ?? 0)) throw error;
      const moved = await moveOnce(client, from, to, { ...options, short: true }).catch(() => {
        options.signal.throwIfAborted();
        throw error; // the legal form's failure is the news
      });
      short = true;
      return moved;
    }
  };
}

async function moveOnce(
  client: DavClient,
  from: string,
  to: string,
  { overwrite, sizeBytes, short, signal }: MoveOptions & { readonly short: boolean },
): Promise<boolean> {
  const url = client.url(to);
  const destination = short ? url.pathname : url.href;
  const answer = await client.send({
    method: 'MOVE',
    path: from,
    headers: { destination, overwrite: overwrite ? 'T' : 'F' },
    expected: [200, 201, 202, 204, 207, ...(overwrite ? [] : [412])],
    signal,
  });
  if (answer.status === 207) throw await firstFailure(client, from, answer);
  await answer.discard();
  if (answer.status === 412) return false;
  // Created or replaced; any other answer may be that of a page, or come too early.
  if (answer.status !== 201 && answer.status !== 204) await untilThere(client, to, sizeBytes, { signal });
  return true;
}

/** A multistatus that answers a MOVE lists what did not work. */
async function firstFailure(client: DavClient, from: string, answer: HttpAnswer): Promise<unknown> {
  const where = maskUrl(client.url(from));
  const xml = new TextDecoder().decode(await readAnswer(answer, failuresBytesMax, where));
  const entries = await parseMultistatus(xml).catch(() => []);
  const status = entries.find((entry) => entry.status >= 300)?.status ?? 500;
  return davError({ method: 'MOVE', where, status, retryAfterMs: undefined });
}

const failuresBytesMax = 1024 * 1024;
