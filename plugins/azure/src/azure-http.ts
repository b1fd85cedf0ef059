import { Readable } from 'node:stream';
import { toHttpHeadersLike } from '@azure/core-http-compat';
import { createHttpHeaders, type HttpClient as AzureHttpClient } from '@azure/core-rest-pipeline';
import type { IHttpClient } from '@azure/storage-blob';
import { BackupError, blobSizeBytesMax } from '@hayloft/engine';
import { maskUrl, readWhole, type HttpAnswer, type HttpClient, type HttpHeaders } from '@hayloft/http';

/** Longest wait for an answer to a request without a body. */
const answerTimeoutMs = 60_000;
/** A body is given the time that a line takes on which each of many requests has 16 KiB/s left. */
const uploadBytesPerMsMin = 16;

/** Every refusal is for the SDK to read. */
const everyRefusal = Array.from({ length: 300 }, (_, index) => 300 + index);

/** What both of the SDK's kinds of request have. */
interface SdkRequest {
  readonly url: string;
  readonly method: string;
  readonly body?: unknown;
  readonly abortSignal?: unknown;
  readonly timeout?: number | undefined;
}

interface WholeAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly bytes: Uint8Array;
}

/** The ways in which the SDK sends what it has signed, over the connections of one target. */
export interface AzureHttp {
  /** For blobs: refuses what answers without being a blob service. */
  readonly storage: IHttpClient;
  /** For tokens. */
  readonly tokens: AzureHttpClient;
}

/**
 * Each answer is read whole here, so that one that was cut short, is too large, or comes from something else than Azure
 * never reaches the SDK, which would ask again for the rest of a body and take a log-in page for a blob.
 */
export function createAzureHttp(clientFor: (protocol: string) => HttpClient): AzureHttp {
  const send = async (request: SdkRequest, headers: Readonly<Record<string, string>>): Promise<WholeAnswer> => {
    const url = new URL(request.url);
    const body = request.body === undefined || request.body === null ? undefined : bodyOf(request.body);
    const timeoutMs = request.timeout || answerTimeoutMs;
    // Requests for tokens have no signal; whoever waits for them leaves when its own says so.
    const signal = (request.abortSignal as AbortSignal | undefined) ?? new AbortController().signal;
    const answer = await clientFor(url.protocol).send(
      { url, trusted: true },
      {
        method: request.method,
        headers: { ...headers, 'accept-encoding': 'identity' },
        ...(body === undefined ? {} : { body }),
        accept: everyRefusal,
        answerTimeoutMs: timeoutMs + (body?.length ?? 0) / uploadBytesPerMsMin,
        signal,
      },
    );
    const bytes =
      request.method === 'HEAD'
        ? await discarded(answer)
        : await readWhole(answer, { bytesMax: blobSizeBytesMax, tooLarge: (bytes) => tooLarge(answer, bytes) });
    // The SDK would follow, and take the signature along.
    if (answer.status < 400 && answer.status >= 300) throw noService(request, answer.status, 'a redirect to elsewhere');
    return { status: answer.status, headers: answer.headers, bytes };
  };

  return {
    storage: {
      async sendRequest(request) {
        const answer = await send(request, request.headers.toJson());
        const { status, bytes } = answer;
        if (status < 300 && !answer.headers.has('x-ms-request-id')) {
          throw noService(request, status, 'not by Azure Blob Storage');
        }
        const headers = toHttpHeadersLike(createHttpHeaders(Object.fromEntries(answer.headers)));
        if (!request.streamResponseStatusCodes?.has(status)) {
          return { request, status, headers, bodyAsText: Buffer.from(bytes).toString() };
        }
        return { request, status, headers, readableStreamBody: Readable.from(bytes.length === 0 ? [] : [bytes]) };
      },
    },
    tokens: {
      async sendRequest(request) {
        const { status, headers, bytes } = await send(request, request.headers.toJSON());
        return {
          request,
          status,
          headers: createHttpHeaders(Object.fromEntries(headers)),
          bodyAsText: Buffer.from(bytes).toString(),
        };
      },
    },
  };
}

/** Blobs go as bytes and questions for tokens as text; the SDK has more kinds, for requests that nobody makes here. */
function bodyOf(body: unknown): Uint8Array | string {
  if (typeof body === 'string' || ArrayBuffer.isView(body)) return body as Uint8Array | string;
  throw new TypeError('a request body is neither bytes nor text');
}

async function discarded(answer: HttpAnswer): Promise<Uint8Array> {
  await answer.discard();
  return new Uint8Array(0);
}

function tooLarge({ address }: HttpAnswer, sizeBytes: number): BackupError {
  return new BackupError(
    'STORE_INVALID',
    `${maskUrl(address.url)} has ${sizeBytes} bytes or more; no blob has more than ${blobSizeBytesMax}`,
    { remedy: 'Check what this blob is and move it away.' },
  );
}

function noService({ method, url }: SdkRequest, status: number, why: string): BackupError {
  return new BackupError('STORE_INVALID', `${method} ${maskUrl(new URL(url))} was answered ${status}, ${why}`, {
    remedy: 'Check AZBLOB_ENDPOINT and the proxy: what answers there is not, or not only, a blob service.',
  });
}
