import type { HttpHeaders } from './http-answer.ts';

/** What tells one state of a file from another. */
export interface Validators {
  /** As sent, with quotes and a possible `W/`. */
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** The file had not changed for a minute when it was served: its date then names one state of it (RFC 9110, 8.8.2.2). */
  readonly settled: boolean;
}

const settledMs = 60_000;

export function validatorsOf(headers: HttpHeaders): Validators {
  const lastModified = headers.get('last-modified');
  const ageMs = Date.parse(headers.get('date') ?? '') - Date.parse(lastModified ?? '');
  return { etag: headers.get('etag'), lastModified, settled: ageMs >= settledMs };
}

/** The ETag if it is a strong one: equal ETags then mean equal bytes. */
export function strongEtag({ etag }: Validators): string | undefined {
  return etag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag) ? etag : undefined;
}

/** What to send as `If-Range`, so that a server never gives a part of another file; undefined where nothing will do. */
export function ifRangeOf(validators: Validators): string | undefined {
  return strongEtag(validators) ?? (validators.settled ? validators.lastModified : undefined);
}

/** False when one of the validators that both answers have differs: the file is another one now. */
export function sameFile(before: Validators, now: Validators): boolean {
  const differ = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && a.replace(/^W\//, '') !== b.replace(/^W\//, '');
  return !differ(before.etag, now.etag) && !differ(before.lastModified, now.lastModified);
}
