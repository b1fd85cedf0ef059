import type { HttpAddress } from './address.ts';

/** By lower-case name; a header sent several times has its values joined by `, `. */
export type HttpHeaders = ReadonlyMap<string, string>;

/** A server's answer. Whoever holds it must read `body` to its end or `discard` it, else its connection stays taken. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Where it came from after all redirects; ask there again to spare them. */
  readonly address: HttpAddress;
  /** The bytes as sent, nothing decoded; may be iterated once. Throws `BackupError`s, or the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Drops what was not read. */
  discard(): Promise<void>;
}

/** The `Content-Length`; undefined where none is sent. */
export function contentLength(headers: HttpHeaders): number | undefined {
  const value = headers.get('content-length');
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
