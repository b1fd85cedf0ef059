import { createHash } from 'node:crypto';
import type { Challenge } from './challenges.ts';

/** By the names of RFC 7616, in upper case; the first one offered here is taken. */
const hashes: Readonly<Record<string, string>> = { 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256', MD5: 'md5' };

export interface DigestRequest {
  readonly method: string;
  /** The request's target as it is sent: path and query. */
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  /** How often this nonce was used, this time included. */
  readonly count: number;
  /** The client's own nonce, which nobody can foresee. */
  readonly clientNonce: string;
}

/** The digest challenge to answer: the one with the best hash. Undefined where none is understood. */
export function chooseDigest(challenges: readonly Challenge[]): Challenge | undefined {
  const known = challenges.filter((challenge) => challenge.scheme === 'digest' && isUnderstood(challenge));
  return Object.keys(hashes)
    .map((name) => known.find((challenge) => algorithmOf(challenge).name === name))
    .find((challenge) => challenge !== undefined);
}

/** The `Authorization` header that answers a digest challenge (RFC 7616, 3.4). Its text is latin1: a byte, a character. */
export function answerDigest({ parameters }: Challenge, request: DigestRequest): string {
  const { method, uri, password, clientNonce } = request;
  const algorithm = parameters.get('algorithm');
  const { name, session } = algorithmOf({ parameters });
  const hash = (...parts: string[]): string =>
    createHash(hashes[name]!)
      .update(Buffer.from(parts.join(':'), 'latin1'))
      .digest('hex');
  const user = asBytes(request.user);
  const realm = parameters.get('realm') ?? '';
  const nonce = parameters.get('nonce')!;
  const count = request.count.toString(16).padStart(8, '0');
  const whole = hash(user, realm, asBytes(password));
  const secret = session ? hash(whole, nonce, clientNonce) : whole;
  const target = hash(method, uri);
  const old = parameters.get('qop') === undefined;
  const response = old ? hash(secret, nonce, target) : hash(secret, nonce, count, clientNonce, 'auth', target);
  const opaque = parameters.get('opaque');
  return `Digest ${[
    `username=${quote(user)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(old && !session ? [] : [`cnonce="${clientNonce}"`]),
    ...(old ? [] : ['qop=auth', `nc=${count}`]),
  ].join(', ')}`;
}

function isUnderstood({ parameters }: Challenge): boolean {
  const qop = parameters.get('qop');
  const offersAuth = qop === undefined || qop.split(/[\s,]+/).includes('auth');
  return parameters.get('nonce') !== undefined && offersAuth && algorithmOf({ parameters }).name in hashes;
}

function algorithmOf({ parameters }: Pick<Challenge, 'parameters'>): { name: string; session: boolean } {
  const text = (parameters.get('algorithm') ?? 'MD5').toUpperCase();
  return { name: text.replace(/-SESS$/, ''), session: text.endsWith('-SESS') };
}

/** UTF-8 as a header carries it. */
const asBytes = (text: string): string => Buffer.from(text).toString('latin1');

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
