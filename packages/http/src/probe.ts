import { BackupError, type CallOptions } from '@hayloft/engine';
import { maskUrl, type HttpAddress } from './address.ts';
import { parseContentRange, parseUnsatisfiedRange } from './content-range.ts';
import { contentLength, type HttpAnswer } from './http-answer.ts';
import type { HttpClient } from './open-http.ts';
import { validatorsOf, type Validators } from './validators.ts';

/** What a server says of a file before it is read. */
export interface HttpProbe {
  /** Where redirects led. */
  readonly address: HttpAddress;
  /** Undefined when the server does not say. */
  readonly sizeBytes: number | undefined;
  /** The server gives parts. */
  readonly ranges: boolean;
  readonly validators: Validators;
  /** Lower case, without parameters; '' for none. */
  readonly contentType: string;
}

/**
 * Asks for the first byte: a presigned URL allows `GET` only, so `HEAD` would be refused, and the answer tells whether
 * ranges work, which `Accept-Ranges` only claims.
 */
export async function probe(client: HttpClient, address: HttpAddress, options: CallOptions): Promise<HttpProbe> {
  const answer = await client.get(address, { range: { offset: 0, length: 1 }, accept: [416], ...options });
  await answer.discard();
  const common = {
    address: answer.address,
    validators: validatorsOf(answer.headers),
    contentType: (answer.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase(),
  };
  if (answer.status === 206) {
    const part = parseContentRange(answer.headers.get('content-range') ?? '');
    if (part === undefined || part.offset !== 0) throw broken(answer, 'its Content-Range does not fit the range asked');
    return { ...common, ranges: part.totalBytes !== undefined, sizeBytes: part.totalBytes };
  }
  if (answer.status === 416) {
    const sizeBytes = parseUnsatisfiedRange(answer.headers.get('content-range'));
    if (sizeBytes !== 0) throw broken(answer, 'it refuses a range that every file but an empty one has');
    return { ...common, ranges: false, sizeBytes };
  }
  return { ...common, ranges: false, sizeBytes: contentLength(answer.headers) };
}

const broken = (answer: HttpAnswer, why: string): BackupError =>
  new BackupError('SOURCE_INVALID', `the answer of ${maskUrl(answer.address.url)} makes no sense: ${why}`, {
    remedy: 'Use another server or mirror, and tell who runs this one.',
  });
