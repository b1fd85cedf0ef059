import { blobSizeBytesMax, BackupError, type CallOptions } from '@hayloft/engine';
import { maskUrl } from '@hayloft/http';
import type { DavClient } from './dav-client.ts';
import { davError } from './dav-error.ts';
import { parseMultistatus, type DavEntry } from './multistatus.ts';
import { readAnswer } from './read-answer.ts';
import { relativePath, withoutSlash } from './relative-path.ts';

/** A file or a collection of the store. */
export interface Member extends Pick<DavEntry, 'isCollection' | 'sizeBytes' | 'modifiedAt'> {
  /** Below the root, decoded, without a slash at its end; '' is the root. */
  readonly path: string;
}

export interface Found {
  /** What was asked for. */
  readonly self: Member;
  /** With depth 1, what is directly in it: each once. */
  readonly children: readonly Member[];
  /** The server's time in ms; NaN where it does not tell. */
  readonly answeredAtMs: number;
}

/** Three properties are all we need; what a server then says first may still be that a collection has no length. */
const named = '<resourcetype/><getcontentlength/><getlastmodified/>';
const questions = [`<prop>${named}</prop>`, '<allprop/>'].map(
  (what) => `<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:">${what}</propfind>`,
);

/**
 * Asks for one file or collection, with depth 1 also for what is in it. Undefined when nothing is there.
 *
 * An answer that is not complete is `STORE_INVALID`, or what the status of the part that is missing means: it must show
 * what was asked for, whatever else is in it, so that no page and no empty list is taken for an empty folder.
 */
export async function propfind(
  client: DavClient,
  path: string,
  depth: 0 | 1,
  { signal }: CallOptions,
): Promise<Found | undefined> {
  const where = maskUrl(client.url(path));
  for (const question of questions) {
    const answer = await client.send({
      method: 'PROPFIND',
      path,
      headers: { depth: String(depth), 'content-type': 'application/xml', 'cache-control': 'no-cache' },
      body: question,
      expected: [207, 404, 410, ...redirects],
      signal,
    });
    if (answer.status !== 207) {
      await answer.discard();
      if (!redirects.includes(answer.status)) return undefined;
      const location = answer.headers.get('location');
      if (path === '' || location === undefined || relativePath(client.root, location) !== `${path}/`) {
        throw davError({ method: 'PROPFIND', where, status: answer.status, location, retryAfterMs: undefined });
      }
      return { self: collection(path), children: [], answeredAtMs: Number.NaN };
    }
    const xml = new TextDecoder().decode(await readAnswer(answer, listingBytesMax, where));
    const entries = await parseMultistatus(xml).catch((error: unknown) => {
      throw incomprehensible(where, Error.isError(error) ? error.message : String(error));
    });
    if (entries.some(({ status, described }) => status === 200 && !described)) continue;
    const answeredAtMs = Date.parse(answer.headers.get('date') ?? '');
    const found = sortOut(client.root, path, entries, where);
    return found === undefined ? undefined : { ...found, answeredAtMs };
  }
  throw incomprehensible(where, 'it does not say of each member what it is');
}

/** To the same path with a slash: it is a collection. */
const redirects = [301, 302, 307, 308];

const listingBytesMax = blobSizeBytesMax;

const collection = (path: string): Member => ({
  path,
  isCollection: true,
  sizeBytes: undefined,
  modifiedAt: undefined,
});

function sortOut(
  root: URL,
  asked: string,
  entries: readonly DavEntry[],
  where: string,
): Omit<Found, 'answeredAtMs'> | undefined {
  const folder = withoutSlash(asked);
  const children = new Map<string, Member>();
  let self: Member | undefined;
  for (const { href, status, isCollection, sizeBytes, modifiedAt } of entries) {
    const written = relativePath(root, href);
    if (written === undefined) {
      throw incomprehensible(where, `it shows "${href.slice(0, 200)}", which is not in ${root.pathname}`);
    }
    const path = withoutSlash(written);
    // What is gone since the server began to answer is no member any more; any other gap is a failure.
    if (status === 404 && path === folder) return undefined;
    if (status === 404) continue;
    if (status !== 200) throw davError({ method: 'PROPFIND', where, status, retryAfterMs: undefined });
    const member = { path, isCollection: isCollection || written.endsWith('/'), sizeBytes, modifiedAt };
    if (path === folder) self = member;
    else if (isDirectlyIn(folder, path)) children.set(path, member);
  }
  if (self === undefined) throw incomprehensible(where, 'it does not show what was asked for');
  return { self, children: [...children.values()] };
}

/** A server that ignores the depth shows more; that is asked for when its turn comes. */
function isDirectlyIn(folder: string, path: string): boolean {
  const start = folder === '' ? '' : `${folder}/`;
  return path.startsWith(start) && !path.slice(start.length).includes('/');
}

const incomprehensible = (where: string, why: string): BackupError =>
  new BackupError('STORE_INVALID', `the answer to PROPFIND ${where} is not a complete one of WebDAV: ${why}`, {
    remedy: 'Check the path of the URL, and that no proxy in front of the server changes its answers or its paths.',
  });
