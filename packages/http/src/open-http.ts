import type { Readable } from 'node:stream';
import { BackupError, systemClock, type CallOptions, type Clock } from '@hayloft/engine';
import { maskUrl, type HttpAddress } from './address.ts';
import { sourceCodes, type HttpCodes } from './codes.ts';
import { credentialHeaders, type HttpCredentials } from './credentials.ts';
import { readers } from './answer-readers.ts';
import type { HttpAnswer, HttpHeaders } from './http-answer.ts';
import { followRedirect, isRedirect, redirectsMax } from './redirect.ts';
import { parseRetryAfter } from './retry-after.ts';
import { openRoutes, type RouteOptions } from './routes.ts';
import { translateFailure } from './translate-failure.ts';
import { translateStatus } from './translate-status.ts';

export interface HttpOptions extends HttpCredentials, Partial<RouteOptions> {
  /** How failures are called here; a source's by default. */
  readonly codes?: HttpCodes | undefined;
  /** Longest wait for name, proxy, connection and headers together; 60 s by default. */
  readonly answerTimeoutMs?: number | undefined;
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

export interface HttpRequest extends CallOptions {
  /** `GET` by default; only `GET` and `HEAD` follow redirects. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream needs its `content-length` among the headers. */
  readonly body?: Uint8Array | string | Readable;
  /** Statuses of 300 and more that are an answer here, not an error. */
  readonly accept?: readonly number[];
  /** Instead of the client's: a large body takes its time to be sent. */
  readonly answerTimeoutMs?: number | undefined;
}

export interface PartRequest extends CallOptions {
  /** Bytes `[offset, offset + length)`; the whole file if not given. */
  readonly range?: { readonly offset: number; readonly length: number } | undefined;
  /** A validator: if the file is another one by now, the answer is all of it, with status 200. */
  readonly ifRange?: string | undefined;
  readonly accept?: readonly number[];
}

/**
 * HTTP for one purpose: one set of credentials, one way out. Nothing is retried here, nothing decoded, nothing kept.
 *
 * A status of 400 or more, a broken connection and a silence are `BackupError`s (see `translateStatus`); an aborted
 * signal rejects with its reason. No message holds the query of a URL, a header or a password.
 */
export interface HttpClient extends AsyncDisposable {
  send(address: HttpAddress, request: HttpRequest): Promise<HttpAnswer>;
  /** Reads a file or a part of it. The status is 200 or 206 (or one of `accept`); which of them is for the caller to check. */
  get(address: HttpAddress, request: PartRequest): Promise<HttpAnswer>;
}

const connectTimeoutMsDefault = 15_000;
const answerTimeoutMsDefault = 60_000;
const idleTimeoutMsDefault = 30_000;

/** `USAGE_INVALID` and `CONFIGURATION_INVALID` for credentials, proxies and authorities that cannot be used. */
export function openHttp(options: HttpOptions): HttpClient {
  const codes = options.codes ?? sourceCodes;
  const clock = options.clock ?? systemClock;
  const secretHeaders = credentialHeaders(options);
  const hasCredentials = Object.keys(secretHeaders).length > 0;
  const routes = openRoutes({
    ...options,
    connectTimeoutMs: options.connectTimeoutMs ?? connectTimeoutMsDefault,
    idleTimeoutMs: options.idleTimeoutMs ?? idleTimeoutMsDefault,
  });

  async function sendOnce(address: HttpAddress, request: HttpRequest): Promise<HttpAnswer> {
    const { url } = address;
    const { method = 'GET', headers = {}, body, signal } = request;
    const answerTimeoutMs = request.answerTimeoutMs ?? options.answerTimeoutMs ?? answerTimeoutMsDefault;
    const failed = { method, where: maskUrl(url) };
    const translate = (error: unknown): unknown =>
      signal.aborted ? signal.reason : translateFailure(error, failed, codes);
    signal.throwIfAborted();
    const limit = new AbortController();
    const timer = setTimeout(() => {
      limit.abort(
        new BackupError(
          codes.unavailable,
          `${method} ${failed.where} was not answered in ${answerTimeoutMs / 1000} s`,
          {
            remedy: 'Check the network and the host, then retry.',
          },
        ),
      );
    }, answerTimeoutMs);
    try {
      const answer = await routes.to(url).request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: {
          'user-agent': 'hayloft',
          'accept-encoding': 'identity',
          ...(address.trusted ? secretHeaders : {}),
          ...headers,
        },
        body: body ?? null,
        signal: AbortSignal.any([signal, limit.signal]),
      });
      return {
        status: answer.statusCode,
        headers: flatten(answer.headers),
        address,
        ...readers(answer.body, translate),
      };
    } catch (error) {
      throw translate(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async function send(address: HttpAddress, request: HttpRequest): Promise<HttpAnswer> {
    const { method = 'GET', accept = [] } = request;
    const follows = method === 'GET' || method === 'HEAD';
    let at = address;
    for (let redirects = 0; ; redirects++) {
      const answer = await sendOnce(at, request);
      if (answer.status < 300 || accept.includes(answer.status)) return answer;
      await answer.discard();
      if (!follows || !isRedirect(answer.status)) {
        const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), clock.now());
        throw translateStatus({ method, where: maskUrl(at.url), status: answer.status, retryAfterMs }, codes);
      }
      if (redirects === redirectsMax) {
        throw new BackupError(codes.invalid, `${maskUrl(address.url)} redirects more than ${redirectsMax} times`, {
          remedy: 'Open the URL in a browser and use the one that the download ends up at.',
        });
      }
      at = followRedirect(at, answer.headers.get('location'), hasCredentials && at.trusted, codes);
    }
  }

  return {
    send,
    get: (address, { range, ifRange, accept = [], signal }) => {
      const headers: Record<string, string> = {};
      if (range !== undefined) {
        headers['range'] = `bytes=${range.offset}-${range.offset + range.length - 1}`;
        if (ifRange !== undefined) headers['if-range'] = ifRange;
      }
      return send(address, { headers, accept, signal });
    },
    [Symbol.asyncDispose]: () => routes.destroy(),
  };
}

function flatten(headers: Record<string, string | string[] | undefined>): HttpHeaders {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return flat;
}
