import type { Readable } from 'node:stream';
import type { CallOptions, Secret } from '@hayloft/engine';
import { maskUrl, openHttp, parseRetryAfter, storeCodes, type HttpAnswer } from '@hayloft/http';
import { systemClock } from '@hayloft/engine';
import { createAuthenticator } from './authenticator.ts';
import type { WebdavCredentials } from './credentials.ts';
import { davError } from './dav-error.ts';

export interface DavRequest extends CallOptions {
  readonly method: string;
  /** Below the root, not encoded; a folder's ends in a slash, and '' is the root itself. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent once: it must not be the first request, which finds out how to authenticate. */
  readonly body?: Uint8Array | string | Readable;
  /** Statuses that are an answer; any other is thrown as what it means. */
  readonly expected: readonly number[];
}

/** Requests to one folder of one server, by one user. Redirects are not followed, nothing is retried. */
export interface DavClient extends AsyncDisposable {
  /** Ends in a slash. */
  readonly root: URL;
  url(path: string): URL;
  /** Who reads the answer reads it to its end, or discards it. */
  send(request: DavRequest): Promise<HttpAnswer>;
}

export interface DavClientOptions {
  readonly root: URL;
  readonly credentials: WebdavCredentials;
  readonly proxy: Secret | undefined;
  readonly noProxy: string | undefined;
  readonly cacert: string | undefined;
}

/** Every status is looked at here: those of redirects and refusals too. */
const everyStatus = Array.from({ length: 300 }, (_, index) => 300 + index);

/** The first try shows what the server wants, the second may show that a nonce is spent. */
const triesMax = 3;

const answerMs = 60_000;
/** A line so slow that 2 MiB take two minutes is still waited for. */
const bodyBytesPerMs = 16;

export function openDavClient({ root, credentials, proxy, noProxy, cacert }: DavClientOptions): DavClient {
  const codes = { ...storeCodes, cacertKey: 'WEBDAV_CERT' };
  const http = openHttp({ codes, proxy, noProxy, cacert });
  const urlOf = (path: string): URL => new URL(root.href + path.split('/').map(encodeURIComponent).join('/'));
  const authenticator = createAuthenticator(credentials);

  return {
    root,
    url: urlOf,
    async send({ method, path, headers = {}, body, expected, signal }) {
      const url = urlOf(path);
      const bodyBytes = body instanceof Uint8Array ? body.length : 0;
      for (let tries = 1; ; tries++) {
        const authorization = authenticator.authorize(method, url.pathname);
        const answer = await http.send(
          { url, trusted: true },
          {
            method,
            headers: authorization === undefined ? headers : { ...headers, authorization },
            ...(body === undefined ? {} : { body }),
            accept: everyStatus,
            answerTimeoutMs: answerMs + bodyBytes / bodyBytesPerMs,
            signal,
          },
        );
        const { status } = answer;
        if (expected.includes(status)) return answer;
        await answer.discard();
        const challenge = answer.headers.get('www-authenticate') ?? '';
        if (status === 401 && tries < triesMax && authenticator.learn(challenge, authorization)) continue;
        throw davError({
          method,
          where: maskUrl(url),
          status,
          location: answer.headers.get('location'),
          retryAfterMs: parseRetryAfter(answer.headers.get('retry-after'), systemClock.now()),
        });
      }
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}
