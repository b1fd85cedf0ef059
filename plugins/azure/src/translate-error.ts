import { isRestError } from '@azure/storage-blob';
import { BackupError, isBackupError, systemClock, type ErrorCode } from '@hayloft/engine';
import { HttpRefusal, parseRetryAfter } from '@hayloft/http';
import type { Authentication } from './azure-access.ts';
import { meaningOf, type AzureRefusal } from './refusals.ts';

/** The refusal behind what the SDK threw; undefined where no server refused. */
export function refusalBehind(error: unknown): AzureRefusal | undefined {
  if (isBackupError(error) || !isRestError(error) || error.response === undefined) return undefined;
  const { status, headers } = error.response;
  if (status < 300) return undefined;
  return {
    name: headers.get('x-ms-error-code') ?? '',
    status,
    sentAt: parseDate(error.request?.headers.get('x-ms-date')),
    answeredAt: parseDate(headers.get('date')),
    requestId: headers.get('x-ms-request-id'),
    retryAfter: headers.get('retry-after'),
  };
}

/** Turns whatever a call of the SDK threw into a `BackupError`. Never call it for an abort by the caller. */
export function translateError(
  error: unknown,
  doing: string,
  location: string,
  authentication: Authentication,
): BackupError {
  if (isBackupError(error)) return error;
  const say = (code: ErrorCode, why: string, remedy: string, cause: unknown): BackupError =>
    new BackupError(code, `cannot ${doing} in ${location}: ${why}`, { remedy, cause });
  const refusal = refusalBehind(error);
  if (refusal === undefined) {
    // The SDK's own errors may hold a whole answer.
    const message = Error.isError(error) ? error.message : String(error);
    const why = `what answers does not speak the protocol of Azure Blob Storage (${message.split('\n')[0]!.slice(0, 200)})`;
    return say('STORE_INVALID', why, 'Check AZBLOB_ENDPOINT and the proxy.', error);
  }
  const { code, why, remedy } = meaningOf(refusal, authentication);
  const retryAfterMs = parseRetryAfter(refusal.retryAfter, systemClock.now());
  const wait = retryAfterMs === undefined ? '' : `, and asks to come back in ${Math.ceil(retryAfterMs / 1000)} s`;
  const named = /^[A-Za-z]+$/.test(refusal.name) ? `${refusal.name}, ` : '';
  const request = refusal.requestId === undefined ? '' : `, request ${refusal.requestId}`;
  return say(
    code,
    `${why} (${named}HTTP ${refusal.status}${request})${wait}`,
    remedy,
    new HttpRefusal(refusal.status, retryAfterMs),
  );
}

function parseDate(text: string | undefined): Date | undefined {
  const date = new Date(text ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
