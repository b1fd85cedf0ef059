import { validateHeaderName, validateHeaderValue } from 'node:http';
import { BackupError, type Secret } from '@hayloft/engine';

/** Who asks. Sent to the origin that it was given for, and nowhere else. */
export interface HttpCredentials {
  readonly basic?: { readonly user: string; readonly password: Secret } | undefined;
  readonly bearer?: Secret | undefined;
  /** Further headers; their values may be secrets. */
  readonly headers?: readonly HttpHeader[] | undefined;
}

export interface HttpHeader {
  readonly name: string;
  readonly value: Secret;
}

/** Headers that belong to the transfer itself: another value would break its proof of what arrived. */
const reserved = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'if-range',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The headers to send, in clear text. `USAGE_INVALID` for one that cannot be sent, and for two ways to authenticate. */
export function credentialHeaders(credentials: HttpCredentials): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  const add = (name: string, value: string): void => {
    check(name, value);
    if (headers.has(name.toLowerCase())) {
      throw refuse(`the header "${name}" is given twice`, 'Give each header once, and one way to authenticate.');
    }
    headers.set(name.toLowerCase(), value);
  };
  const { basic, bearer } = credentials;
  if (basic !== undefined) {
    if (basic.user.includes(':')) {
      throw refuse('the user name holds a colon', 'HTTP knows no such user; check the name.');
    }
    add('authorization', `Basic ${Buffer.from(`${basic.user}:${basic.password.reveal()}`).toString('base64')}`);
  }
  if (bearer !== undefined) add('authorization', `Bearer ${bearer.reveal()}`);
  for (const { name, value } of credentials.headers ?? []) add(name, value.reveal());
  return Object.fromEntries(headers);
}

function check(name: string, value: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    // The cause would show the value.
    throw refuse(`the header ${JSON.stringify(name)} cannot be sent`, 'Write a header as "Name: value", in one line.');
  }
  if (reserved.has(name.toLowerCase())) {
    throw refuse(`the header "${name}" is set by the transfer itself`, 'Leave it out.');
  }
}

const refuse = (message: string, remedy: string): BackupError => new BackupError('USAGE_INVALID', message, { remedy });
