import { randomBytes } from 'node:crypto';
import { parseChallenges, type Challenge } from './challenges.ts';
import type { WebdavCredentials } from './credentials.ts';
import { answerDigest, chooseDigest } from './digest.ts';

/** Says who asks, in the way that the server asked for. */
export interface Authenticator {
  /** The `Authorization` header of a request; undefined while there is nothing to say. */
  authorize(method: string, uri: string): string | undefined;
  /**
   * Takes note of a 401 to a request that was sent with `authorization`. True when the request is worth sending again:
   * the server says for the first time what it wants, or wants a fresh nonce.
   */
  learn(challenge: string, authorization: string | undefined): boolean;
}

/**
 * A token is sent with every request. A password only once the server has asked for one, and then never in clear text
 * where the server offers a digest.
 */
export function createAuthenticator(credentials: WebdavCredentials): Authenticator {
  if (credentials.kind === 'none') return { authorize: () => undefined, learn: () => false };
  if (credentials.kind === 'token') {
    const header = `Bearer ${credentials.token.reveal()}`;
    return { authorize: () => header, learn: () => false };
  }
  return createPasswordAuthenticator(credentials.user, credentials.password.reveal());
}

/** Our nonce stays the same as long as the server's does: that is how both kinds of servers understand a session. */
type Way =
  | { readonly kind: 'basic' }
  | { readonly kind: 'digest'; readonly challenge: Challenge; readonly clientNonce: string; uses: number };

function createPasswordAuthenticator(user: string, password: string): Authenticator {
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  let way: Way | undefined;

  const nonceIsSpent = (offered: Challenge | undefined, authorization: string): boolean => {
    if (way?.kind !== 'digest' || offered === undefined) return false;
    // Another request may have learnt a fresh nonce since this one was sent.
    return !authorization.includes(`nonce="${way.challenge.parameters.get('nonce')}"`) || isStale(offered);
  };

  return {
    authorize(method, uri) {
      if (way === undefined) return undefined;
      if (way.kind === 'basic') return basic;
      way.uses++;
      const { challenge, clientNonce, uses } = way;
      return answerDigest(challenge, { method, uri, user, password, count: uses, clientNonce });
    },
    learn(challenge, authorization) {
      const offers = parseChallenges(challenge);
      const digest = chooseDigest(offers);
      if (authorization !== undefined && !nonceIsSpent(digest, authorization)) return false;
      if (digest !== undefined) {
        way = { kind: 'digest', challenge: digest, clientNonce: randomBytes(16).toString('hex'), uses: 0 };
        return true;
      }
      if (!offers.some(({ scheme }) => scheme === 'basic')) return false;
      way = { kind: 'basic' };
      return true;
    },
  };
}

const isStale = ({ parameters }: Challenge): boolean => parameters.get('stale')?.toLowerCase() === 'true';
