import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A request, read whole. */
export interface WholeRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** Name, value, name, value, …, as sent: signatures are made over them. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** An answer, read whole. */
export interface WholeAnswer {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export async function readRequest(incoming: IncomingMessage): Promise<WholeRequest> {
  const { method = '', url: target = '', rawHeaders, headers } = incoming;
  return { method, target, rawHeaders, headers, body: await buffer(incoming) };
}

/** Headers of the connection, not of the message; a body that was read whole has a length. */
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect']);

/** `rawHeaders` for a message that is sent on with a body of `length` bytes; without a length if undefined. */
export function forwardedHeaders(rawHeaders: readonly string[], length: number | undefined): string[] {
  const kept: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!hopByHop.has(rawHeaders[at]!.toLowerCase())) kept.push(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  return length === undefined ? kept : [...kept, 'Content-Length', String(length)];
}
