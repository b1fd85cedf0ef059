import { BackupError, blobSizeBytesMax, type BlobKey, type GetOptions } from '@hayloft/engine';
import { contentLength, maskUrl, parseContentRange, type HttpAnswer } from '@hayloft/http';
import { blobPath } from './blob-path.ts';
import type { DavClient } from './dav-client.ts';
import { lookAtBlob, refusesCollection } from './look-at-blob.ts';
import { readAnswer } from './read-answer.ts';

type Range = NonNullable<GetOptions['range']>;

/** A blob that is replaced each time we read it is not read at all. */
const readingsMax = 8;

/**
 * The blob, or the range of it: `BLOB_NOT_FOUND`, `RANGE_INVALID`.
 *
 * The size that the answer states is compared with the one that the server shows while the bytes are on their way:
 * Apache looks first and opens then, and gives the beginning of a new blob with the length of the old one when it is
 * replaced in between. It is also what tells a blob from a page with status 200.
 */
export async function readBlob(client: DavClient, key: BlobKey, options: GetOptions): Promise<Uint8Array> {
  const where = maskUrl(client.url(blobPath(key)));
  const { range } = options;
  if (range !== undefined && (range.offset < 0 || range.length < 1)) {
    const { sizeBytes } = await lookAtBlob(client, key, options);
    if (range.length === 0 && range.offset >= 0 && range.offset <= sizeBytes) return new Uint8Array(0);
    throw outside(where, range, sizeBytes);
  }
  for (let readings = 1; readings <= readingsMax; readings++) {
    const answer = await ask(client, key, options);
    if (answer === undefined) continue;
    const [read, looked] = await Promise.allSettled([takeBytes(answer, where), lookAtBlob(client, key, options)]);
    if (looked.status === 'rejected') throw looked.reason;
    if (read.status === 'rejected') throw read.reason;
    const { bytes, offset, statedBytes } = read.value;
    const totalBytes = looked.value.sizeBytes;
    if (statedBytes !== undefined && statedBytes !== totalBytes) continue;
    if (range === undefined && bytes.length === totalBytes) return bytes;
    const { offset: first, length } = range ?? { offset: 0, length: totalBytes };
    if (first + length > totalBytes) throw outside(where, { offset: first, length }, totalBytes);
    if (offset > first || offset + bytes.length < first + length) {
      throw senseless(
        where,
        `it has bytes ${offset} to ${offset + bytes.length} where ${first} to ${first + length} were asked for`,
      );
    }
    return bytes.length === length ? bytes : bytes.slice(first - offset, first - offset + length);
  }
  throw new BackupError(
    'STORE_INVALID',
    `${where} has another size in each answer: it is replaced all the time, or a page`,
    {
      remedy: 'Check that no proxy in front of the server answers for it, and that nothing else writes there.',
    },
  );
}

/** An answer with bytes, of status 200 or 206. Undefined when the blob came into being after the server had looked. */
async function ask(client: DavClient, key: BlobKey, options: GetOptions): Promise<HttpAnswer | undefined> {
  const { range, signal } = options;
  const path = blobPath(key);
  const headers: Record<string, string> = { 'cache-control': 'no-cache' };
  if (range !== undefined) headers['range'] = `bytes=${range.offset}-${range.offset + range.length - 1}`;
  const expected = [200, 206, 404, 410, ...(range === undefined ? [] : [416])];
  let answer: HttpAnswer;
  try {
    answer = await client.send({ method: 'GET', path, headers, expected, signal });
  } catch (error) {
    // Servers have many words for "that is a collection", and the same words for worse.
    if (refusesCollection(error)) await lookAtBlob(client, key, options);
    throw error;
  }
  if ([200, 206].includes(answer.status)) return answer;
  await answer.discard();
  if (answer.status === 416) throw outside(maskUrl(client.url(path)), range!, undefined);
  await lookAtBlob(client, key, options);
  return undefined;
}

/** The bytes of an answer, where in the blob they belong, and the blob's size if the answer states it. */
async function takeBytes(
  answer: HttpAnswer,
  where: string,
): Promise<{ readonly bytes: Uint8Array; readonly offset: number; readonly statedBytes: number | undefined }> {
  const encoding = answer.headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    await answer.discard();
    throw senseless(where, `it is encoded as ${encoding}, which was not asked for`);
  }
  const bytes = await readAnswer(answer, blobSizeBytesMax, where);
  if (answer.status === 200) return { bytes, offset: 0, statedBytes: contentLength(answer.headers) ?? bytes.length };
  const part = parseContentRange(answer.headers.get('content-range') ?? '');
  if (part?.length !== bytes.length) throw senseless(where, 'its Content-Range does not fit its bytes');
  return { bytes, offset: part.offset, statedBytes: part.totalBytes };
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
