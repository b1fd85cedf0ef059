import type { HttpAddress } from './address.ts';

/** By lower-case name; a header sent several times has its values joined by `, `. */
export type HttpHeaders = ReadonlyMap<string, string>;

/** A server's answer. Whoever holds it must read it to its end, in one way or the other, or `discard` it, else its connection stays taken. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Where it came from after all redirects; ask there again to spare them. */
  readonly address: HttpAddress;
  /** The bytes as sent, nothing decoded; may be iterated once. Throws `BackupError`s, or the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * Hands each chunk of the body to `onChunk`, which may keep it; resolves after the last one, rejects as `body` throws.
   * There is no back-pressure and no promise a chunk: for a part that has a buffer waiting, at two thirds of the cost.
   * What `onChunk` throws ends the answer and is what this rejects with.
   */
  drain(onChunk: (chunk: Uint8Array) => void): Promise<void>;
  /** Drops what was not read. */
  discard(): Promise<void>;
}

/** The `Content-Length`; undefined where none is sent. */
export function contentLength(headers: HttpHeaders): number | undefined {
  const value = headers.get('content-length');
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
