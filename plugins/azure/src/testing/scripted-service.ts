import type { ServerResponse } from 'node:http';
import { startScriptedOrigin, type Script, type ScriptedOrigin } from '@hayloft/http/testing';
import type { Credentials } from './test-container.ts';

/** A blob service of this process that answers as told, once a store has been opened. */
export interface ScriptedService extends ScriptedOrigin {
  readonly credentials: Credentials;
}

/** `script` counts from 0 behind the listing that opens a store. */
export async function startScriptedService(script: Script): Promise<ScriptedService> {
  const origin = await startScriptedOrigin((request, response, count) => {
    if (count > 0) script(request, response, count - 1);
    else answer(response, 200, {}, listing([]));
  });
  const { url, requests } = origin;
  const credentials = {
    AZBLOB_ACCOUNT_NAME: 'account',
    AZBLOB_ACCOUNT_KEY: Buffer.from('the key of the test').toString('base64'),
    AZBLOB_ENDPOINT: url,
  };
  return { url, requests, credentials, [Symbol.asyncDispose]: () => origin[Symbol.asyncDispose]() };
}

/** Answers as the service does: with its own number of the request. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
): void {
  response
    .writeHead(status, {
      'x-ms-request-id': 'request-1',
      'content-type': 'application/xml',
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    .end(body);
}

/** Refuses as the service does. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  answer(response, status, { 'x-ms-error-code': code, ...headers }, response.req.method === 'HEAD' ? '' : body);
}

/** A page of a listing, with where it goes on. */
export function listing(names: readonly string[], nextMarker = ''): string {
  const blobs = names.map(
    (name) =>
      `<Blob><Name>${name}</Name><Properties><Last-Modified>Mon, 05 Jan 2026 03:04:05 GMT</Last-Modified>` +
      '<Etag>0x1</Etag><Content-Length>3</Content-Length><BlobType>BlockBlob</BlobType></Properties><Metadata /></Blob>',
  );
  return `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="c"><Blobs>${blobs.join('')}</Blobs><NextMarker>${nextMarker}</NextMarker></EnumerationResults>`;
}
