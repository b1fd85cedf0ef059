import type { ServerResponse } from 'node:http';
import { forwardedHeaders, type WholeAnswer, type WholeRequest } from './message.ts';

/** Gives a client the answer of the server, or one that is made of it. */
export function passOn(answer: WholeAnswer, request: WholeRequest, response: ServerResponse): void {
  writeHead(answer, request, response);
  response.end(hasBody(answer, request) ? answer.body : undefined);
}

export function writeHead(
  { status, rawHeaders, body }: WholeAnswer,
  { method }: WholeRequest,
  response: ServerResponse,
): void {
  response.sendDate = false;
  // The length that answers a HEAD is that of another body.
  const headers =
    method === 'HEAD'
      ? withLengths(rawHeaders)
      : forwardedHeaders(rawHeaders, status === 204 ? undefined : body.length);
  response.writeHead(status, headers);
}

export const hasBody = ({ status }: WholeAnswer, { method }: WholeRequest): boolean =>
  method !== 'HEAD' && status !== 204 && status !== 304;

function withLengths(rawHeaders: readonly string[]): string[] {
  const length = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-length');
  const kept = forwardedHeaders(rawHeaders, undefined);
  return length < 0 ? kept : [...kept, 'Content-Length', rawHeaders[length + 1]!];
}
