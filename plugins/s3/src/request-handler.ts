import { Readable } from 'node:stream';
import type { HttpHandlerOptions, HttpRequest, HttpResponse, RequestHandler } from '@smithy/types';
import { BackupError, blobSizeBytesMax } from '@hayloft/engine';
import { maskUrl, readWhole, type HttpAnswer, type HttpClient } from '@hayloft/http';

/** Longest wait for an answer to a request without a body. */
const answerTimeoutMs = 60_000;
/** A body is given the time that a line takes on which each of many requests has 16 KiB/s left. */
const uploadBytesPerMsMin = 16;

/** Every refusal is for the SDK to read. */
const everyRefusal = Array.from({ length: 300 }, (_, index) => 300 + index);

type Handler = RequestHandler<HttpRequest, HttpResponse, HttpHandlerOptions>;

/**
 * Sends what the SDK has signed, by the client that all of Hayloft shares. Each answer is read whole here, so that one
 * that was cut short or is too large never reaches the SDK.
 */
export function createRequestHandler(
  clientFor: (protocol: string) => HttpClient,
  onAnswer?: (answer: HttpAnswer) => void,
): Handler {
  return {
    async handle(request, { abortSignal } = {}) {
      const url = urlOf(request);
      const { method, headers } = request;
      const body = request.body as string | Uint8Array | undefined;
      // Only the requests for credentials have no signal; whoever waits for them leaves when its own says so.
      const signal = (abortSignal as AbortSignal | undefined) ?? new AbortController().signal;
      const answer = await clientFor(url.protocol).send(
        { url, trusted: true },
        {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
          accept: everyRefusal,
          answerTimeoutMs: answerTimeoutMs + (body?.length ?? 0) / uploadBytesPerMsMin,
          signal,
        },
      );
      onAnswer?.(answer);
      const bytes = await readWhole(answer, {
        bytesMax: blobSizeBytesMax,
        tooLarge: () => tooLarge(answer),
        statedBytes: method === 'HEAD' ? 0 : undefined,
      });
      refuseWebPage(answer, method);
      return {
        response: {
          statusCode: answer.status,
          headers: Object.fromEntries(answer.headers),
          body: Readable.from(bytes.length === 0 ? [] : [bytes]),
        },
      };
    },
  };
}

function urlOf({ protocol, hostname, port, path, query }: HttpRequest): URL {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) =>
    [value].flat().map((each) => (each === null ? escape(key) : `${escape(key)}=${escape(each)}`)),
  );
  const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search}`);
}

/** As the signature has it: what `encodeURIComponent` leaves alone, and S3 does not. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function tooLarge({ address }: HttpAnswer): BackupError {
  return new BackupError(
    'STORE_INVALID',
    `${maskUrl(address.url)} has more bytes than it states, or than the ${blobSizeBytesMax} of the largest blob`,
    { remedy: 'Check what this object is and move it away.' },
  );
}

/** What Hayloft stores is never a web page, so one with a good status is from a proxy or a portal on the way. */
function refuseWebPage({ status, headers, address }: HttpAnswer, method: string): void {
  if (status >= 300 || !/^text\/html\b/i.test(headers.get('content-type') ?? '')) return;
  throw new BackupError(
    'STORE_INVALID',
    `${method} ${maskUrl(address.url)} was answered ${status}, but with a web page`,
    { remedy: 'Check AWS_ENDPOINTS and the proxy: what answers there is not, or not only, a server that speaks S3.' },
  );
}
