import type { IncomingMessage, ServerResponse } from 'node:http';

export interface ServedBytes {
  readonly bytes: Uint8Array;
  /** With quotes; none if not given. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** Headers beside or instead of the right ones. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Cut the connection after so many bytes of the body. */
  readonly cutAfterBytes?: number | undefined;
}

/** Answers as a good origin does: the whole, or the range asked for unless `If-Range` names another file. */
export function serveBytes(request: IncomingMessage, response: ServerResponse, served: ServedBytes): void {
  const { bytes, etag, lastModified, headers = {}, cutAfterBytes } = served;
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const ifRange = request.headers['if-range'];
  const partial = range !== null && (ifRange === undefined || ifRange === etag || ifRange === lastModified);
  const first = partial ? Number(range[1]) : 0;
  const last = partial ? Math.min(Number(range[2]), bytes.length - 1) : bytes.length - 1;
  response.setHeader('content-type', 'application/octet-stream');
  if (etag !== undefined) response.setHeader('etag', etag);
  if (lastModified !== undefined) response.setHeader('last-modified', lastModified);
  if (partial && first >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}`, ...headers }).end();
    return;
  }
  if (partial) response.setHeader('content-range', `bytes ${first}-${last}/${bytes.length}`);
  response.writeHead(partial ? 206 : 200, { 'content-length': last - first + 1, ...headers });
  const body = bytes.subarray(first, last + 1);
  if (cutAfterBytes === undefined || cutAfterBytes >= body.length) response.end(body);
  else response.write(body.subarray(0, cutAfterBytes), () => response.destroy());
}
