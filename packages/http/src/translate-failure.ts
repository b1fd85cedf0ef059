import { BackupError, isBackupError, type ErrorCode } from '@hayloft/engine';
import type { HttpCodes } from './codes.ts';
import { translateStatus } from './translate-status.ts';

/** Codes of OpenSSL and Node for "I do not trust that certificate"; trying again changes nothing. */
const distrust = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UND_ERR_PRX_TLS',
]);

/** Plain sentences for the failures that people meet most. */
const reasons: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name server did not answer',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ENOTFOUND: 'there is no host of that name',
  EPIPE: 'the connection broke',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_BODY_TIMEOUT: 'no byte arrived for too long',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  UND_ERR_SOCKET: 'the connection broke',
};

export interface FailedRequest {
  readonly method: string;
  /** Masked. */
  readonly where: string;
}

/** Turns what undici, the socket or TLS threw into a `BackupError`. Never call it for an abort by the caller. */
export function translateFailure(error: unknown, request: FailedRequest, codes: HttpCodes): BackupError {
  if (isBackupError(error)) return error;
  const failure = innermost(error);
  const refusedByProxy = proxyStatus(failure.message);
  if (refusedByProxy !== undefined) {
    const where = `${request.where} through the proxy`;
    return translateStatus({ ...request, where, status: refusedByProxy, retryAfterMs: undefined }, codes);
  }
  const say = (code: ErrorCode, reason: string, remedy: string): BackupError =>
    new BackupError(code, `${request.method} ${request.where} failed: ${reason}`, { remedy, cause: error });
  if (distrust.has(failure.code)) {
    return say(
      'CONFIGURATION_INVALID',
      `its certificate is not trusted (${failure.message})`,
      `Give the authority that signed it with "${codes.cacertKey ?? 'cacert'}", or check the name in the URL and this machine's clock.`,
    );
  }
  if (failure.code.startsWith('HPE_') || /^(EPROTO|ERR_SSL_)/.test(failure.code)) {
    return say(
      codes.invalid,
      `what answers does not speak ${request.where.startsWith('https:') ? 'HTTPS' : 'HTTP'} (${failure.message})`,
      'Check the scheme and the port of the URL.',
    );
  }
  return say(
    codes.unavailable,
    reasons[failure.code] ?? failure.message,
    'Check the network and the host, then retry.',
  );
}

/**
 * The status with which a proxy refused, or undefined.
 * undici tells it in the message only; the texts are those of its `ProxyAgent`, and a test against a real proxy holds them.
 */
function proxyStatus(message: string): number | undefined {
  const status = /^Proxy response \((\d{3})\)/.exec(message)?.[1];
  if (status !== undefined) return Number(status);
  return message.startsWith('Proxy Authentication Required (407)') ? 407 : undefined;
}

/** The code and message that say most: a failed dual-stack connect wraps its attempts, a proxy error its socket's. */
function innermost(error: unknown): { readonly code: string; readonly message: string } {
  const { code, message, cause, errors } = (error ?? {}) as {
    code?: unknown;
    message?: unknown;
    cause?: unknown;
    errors?: unknown;
  };
  if (Array.isArray(errors) && errors.length > 0) return innermost(errors[0]);
  if (cause !== undefined && cause !== null) return innermost(cause);
  return { code: typeof code === 'string' ? code : '', message: String(message ?? error) };
}
