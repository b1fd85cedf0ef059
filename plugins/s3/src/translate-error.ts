import { BackupError, isBackupError, systemClock, type ErrorCode } from '@hayloft/engine';
import { HttpRefusal, parseRetryAfter } from '@hayloft/http';
import { meaningOf, type S3Refusal } from './refusals.ts';

/** The refusal behind what the SDK threw; undefined where no server refused. */
export function refusalBehind(error: unknown): S3Refusal | undefined {
  if (!Error.isError(error) || isBackupError(error)) return undefined;
  const { name, $metadata, $response } = error as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  };
  const status = $metadata?.httpStatusCode;
  if (status === undefined || status < 300) return undefined;
  return { name, status, headers: $response?.headers ?? {}, fields: error as unknown as Record<string, unknown> };
}

/** Turns whatever a call of the SDK threw into a `BackupError`. Never call it for an abort by the caller. */
export function translateError(error: unknown, doing: string, location: string): unknown {
  // What comes without an answer of the server is a bug, and stays one.
  if (isBackupError(error) || !Error.isError(error) || !('$response' in error)) return error;
  const say = (code: ErrorCode, why: string, remedy: string, cause: unknown): BackupError =>
    new BackupError(code, `cannot ${doing} in ${location}: ${why}`, { remedy, cause });
  const refusal = refusalBehind(error);
  if (refusal === undefined) {
    const why = `what answers does not speak S3 (${error.message.split('\n')[0]})`;
    return say('STORE_INVALID', why, 'Check AWS_ENDPOINTS and the proxy.', error);
  }
  const { code, why, remedy } = meaningOf(refusal);
  const retryAfterMs = parseRetryAfter(refusal.headers['retry-after'], systemClock.now());
  const wait = retryAfterMs === undefined ? '' : `, and asks to come back in ${Math.ceil(retryAfterMs / 1000)} s`;
  const named = isCodeOfS3(refusal.name) ? `${refusal.name}, ` : '';
  return say(
    code,
    `${why} (${named}HTTP ${refusal.status})${wait}`,
    remedy,
    new HttpRefusal(refusal.status, retryAfterMs),
  );
}

/** The SDK has words of its own where the answer has no body, or one that names nothing. */
const isCodeOfS3 = (name: string): boolean => /^[A-Za-z.]+$/.test(name) && !/^(Unknown)?Error$/.test(name);
