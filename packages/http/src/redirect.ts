import { BackupError } from '@hayloft/engine';
import type { HttpAddress } from './address.ts';
import { maskUrl } from './address.ts';
import type { HttpCodes } from './codes.ts';

export const redirectsMax = 10;

const redirecting = new Set([301, 302, 303, 307, 308]);

/** True for a status that sends a reader elsewhere. */
export const isRedirect = (status: number): boolean => redirecting.has(status);

/**
 * The address that `location` names, seen from `from`.
 *
 * Credentials stay with the origin (scheme, host and port) that they were given for, and are not picked up again when
 * a later redirect leads back. A request that has credentials does not follow from https to http at all: whoever can
 * read the plain request could answer it as well.
 */
export function followRedirect(
  from: HttpAddress,
  location: string | undefined,
  hasCredentials: boolean,
  codes: HttpCodes,
): HttpAddress {
  const where = maskUrl(from.url);
  const url = location === undefined ? null : URL.parse(location, from.url.href);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new BackupError(codes.invalid, `${where} redirects to nowhere: no http(s) URL is named`, {
      remedy: 'Open the URL in a browser and use the one that the download ends up at.',
    });
  }
  if (hasCredentials && from.url.protocol === 'https:' && url.protocol === 'http:') {
    throw new BackupError(codes.invalid, `${where} redirects a request with credentials from https to http`, {
      remedy: 'Give the final URL, or take the credentials away if the file is public.',
    });
  }
  // A password in a redirect is the server's to hand out, but it must not show up in messages.
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, trusted: from.trusted && url.origin === from.url.origin };
}
