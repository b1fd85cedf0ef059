import { BackupError } from '@hayloft/engine';

/** Where a request goes. The query of `url` may hold a signature: show `maskUrl(url)`, never `url`. */
export interface HttpAddress {
  readonly url: URL;
  /** False once a redirect left the origin that the credentials were given for: they are not sent there. */
  readonly trusted: boolean;
}

/** The address that a user gave. `USAGE_INVALID` for what is no http(s) URL, and for one with a password in it. */
export function parseHttpAddress(text: string): HttpAddress {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    // The text is not shown: what cannot be parsed cannot be masked.
    throw new BackupError('USAGE_INVALID', 'the URL given is not an http:// or https:// URL', {
      remedy: 'Give a URL such as https://host/path/image.qcow2.',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new BackupError('USAGE_INVALID', `the URL of ${url.host} carries a user name or a password`, {
      remedy: 'Take "user:password@" out of the URL and give the password in a file.',
    });
  }
  url.hash = '';
  return { url, trusted: true };
}

/** The URL as people may see it: without its query, which may be a signature, and without user and password. */
export function maskUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?[masked]'}`;
}
