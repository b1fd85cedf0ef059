import { STATUS_CODES } from 'node:http';
import { BackupError, type ErrorCode } from '@hayloft/engine';
import type { HttpCodes } from './codes.ts';

/** What a server said when it refused; the `cause` of the `BackupError` that reports it. */
export class HttpRefusal extends Error {
  readonly status: number;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, retryAfterMs: number | undefined) {
    super(`HTTP status ${status}`);
    this.name = 'HttpRefusal';
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The refusal behind an error, if a server's answer caused it. */
export function refusalOf(error: unknown): HttpRefusal | undefined {
  const cause = (error as { cause?: unknown } | undefined)?.cause;
  return cause instanceof HttpRefusal ? cause : undefined;
}

interface Meaning {
  readonly code: (codes: HttpCodes) => ErrorCode;
  readonly remedy: string;
}

const denied: Meaning = {
  code: () => 'ACCESS_DENIED',
  remedy: 'Check the user, password or token; a presigned URL may have expired: get a new one.',
};
const gone: Meaning = { code: (codes) => codes.notFound, remedy: 'Check the path of the URL.' };
const later: Meaning = { code: (codes) => codes.unavailable, remedy: 'Try again later.' };

const meanings: Readonly<Record<number, Meaning>> = {
  401: denied,
  402: denied,
  403: denied,
  404: gone,
  407: { code: () => 'ACCESS_DENIED', remedy: 'Give the proxy URL with its user and password.' },
  408: later,
  410: gone,
  416: { code: () => 'RANGE_INVALID', remedy: 'Ask only for bytes that the file has.' },
  425: later,
  429: later,
  451: denied,
  507: { code: () => 'NO_SPACE', remedy: 'Free space on the server.' },
};

const serverTrouble = (status: number): boolean => status >= 500;
const unforeseen: Meaning = {
  code: (codes) => codes.invalid,
  remedy: 'Open the URL with another client to see what the server has to say.',
};

export interface Refused {
  readonly method: string;
  /** Masked. */
  readonly where: string;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
}

/** The one table from HTTP statuses to codes. */
export function translateStatus(refused: Refused, codes: HttpCodes): BackupError {
  const { method, where, status, retryAfterMs } = refused;
  const meaning = meanings[status] ?? (serverTrouble(status) ? later : unforeseen);
  const words = [String(status), STATUS_CODES[status]].filter((word) => word !== undefined).join(' ');
  const wait = retryAfterMs === undefined ? '' : `, and to come back in ${Math.ceil(retryAfterMs / 1000)} s`;
  return new BackupError(meaning.code(codes), `${method} ${where} was answered ${words}${wait}`, {
    remedy: meaning.remedy,
    cause: new HttpRefusal(status, retryAfterMs),
  });
}
