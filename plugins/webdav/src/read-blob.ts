import { BackupError, blobSizeBytesMax, type BlobKey, type GetOptions } from '@hayloft/engine';
import { contentLength, maskUrl, parseContentRange, type HttpAnswer } from '@hayloft/http';
import { blobPath } from './blob-path.ts';
import type { DavClient } from './dav-client.ts';
import { absence, lookAtBlob, mayBeCollection } from './look-at-blob.ts';
import { readAnswer } from './read-answer.ts';

type Range = NonNullable<GetOptions['range']>;

/** The blob, or the range of it: `BLOB_NOT_FOUND`, `RANGE_INVALID`. */
export async function readBlob(client: DavClient, key: BlobKey, options: GetOptions): Promise<Uint8Array> {
  const { range, signal } = options;
  const path = blobPath(key);
  const where = maskUrl(client.url(path));
  if (range !== undefined && (range.offset < 0 || range.length < 1)) return emptyRange(client, key, range, options);
  const headers: Record<string, string> = { 'cache-control': 'no-cache' };
  if (range !== undefined) headers['range'] = `bytes=${range.offset}-${range.offset + range.length - 1}`;
  let answer: HttpAnswer;
  try {
    answer = await client.send({
      method: 'GET',
      path,
      headers,
      expected: [200, 206, 404, 410, 416, ...redirects],
      signal,
    });
  } catch (error) {
    if (!mayBeCollection(error)) throw error;
    await lookAtBlob(client, key, options);
    throw error;
  }
  if (answer.status === 416 && range !== undefined) {
    await answer.discard();
    throw outside(where, range, undefined);
  }
  if (![200, 206].includes(answer.status)) {
    await answer.discard();
    // A collection sends us to its URL with a slash; whatever else redirects is not WebDAV, and looking says so.
    if (answer.status !== 404 && answer.status !== 410) await lookAtBlob(client, key, options);
    throw await absence(client, key, options);
  }
  assertPlain(answer, where);
  const bytes = await readAnswer(answer, blobSizeBytesMax, where);
  const part = answer.status === 206 ? parseContentRange(answer.headers.get('content-range') ?? '') : undefined;
  if (answer.status === 206 && (range === undefined || part?.offset !== range.offset || part.length !== bytes.length)) {
    throw senseless(where, 'its Content-Range does not fit what was asked for');
  }
  if (part === undefined && !provesItsLength(answer)) {
    const { sizeBytes } = await lookAtBlob(client, key, options);
    if (sizeBytes !== bytes.length) {
      throw senseless(where, `it has ${bytes.length} bytes where the blob has ${sizeBytes}; it may be a log-in page`);
    }
  }
  if (range === undefined) return bytes;
  if (part !== undefined) {
    if (part.length === range.length) return bytes;
    throw outside(where, range, part.totalBytes);
  }
  if (range.offset + range.length > bytes.length) throw outside(where, range, bytes.length);
  return bytes.slice(range.offset, range.offset + range.length);
}

const redirects = [301, 302, 303, 307, 308];

async function emptyRange(client: DavClient, key: BlobKey, range: Range, options: GetOptions): Promise<Uint8Array> {
  const { sizeBytes } = await lookAtBlob(client, key, options);
  if (range.length === 0 && range.offset >= 0 && range.offset <= sizeBytes) return new Uint8Array(0);
  throw outside(maskUrl(client.url(blobPath(key))), range, sizeBytes);
}

/** Compressed on the way, a blob would have other bytes and another length. */
function assertPlain(answer: HttpAnswer, where: string): void {
  const encoding = answer.headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw senseless(where, `it is encoded as ${encoding}, which was not asked for`);
}

/**
 * Whether the length that arrived is known to be the blob's: the server said it, and it is no page that a log-in or a
 * folder answers with. A body that just ends proves nothing.
 */
function provesItsLength({ headers }: HttpAnswer): boolean {
  const framed = contentLength(headers) !== undefined || headers.get('transfer-encoding') !== undefined;
  return framed && !/html/i.test(headers.get('content-type') ?? '');
}

const outside = (where: string, { offset, length }: Range, sizeBytes: number | undefined): BackupError =>
  new BackupError(
    'RANGE_INVALID',
    `bytes ${offset} to ${offset + length} are not all in ${where}${sizeBytes === undefined ? '' : ` of ${sizeBytes}`}`,
    { remedy: 'Ask for bytes that are there.' },
  );

const senseless = (where: string, why: string): BackupError =>
  new BackupError('STORE_INVALID', `the answer to GET ${where} makes no sense: ${why}`, {
    remedy: 'Check that no proxy in front of the server changes or compresses what it sends.',
  });
