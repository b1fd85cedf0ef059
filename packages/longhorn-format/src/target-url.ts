import { BackupError } from '@hayloft/engine';
import type { TargetAddress } from '@hayloft/engine';
import { parseQuery, unescapeAmpersands } from './url-query.ts';

/** Schemes whose path is a folder, or a prefix of keys, and therefore ends in a slash. */
const folderSchemes: readonly string[] = ['s3', 'azblob', 'webdav', 'webdavs', 'file', 'vfs'];

/** Schemes where a word before `@` would be a user's name; elsewhere it is a bucket or a container. */
const userNameSchemes: readonly string[] = ['nfs', 'cifs', 'webdav', 'webdavs', 'file', 'vfs'];

/**
 * Takes a target URL apart by the rules of Longhorn's library: a colon may follow the host without a port
 * (`nfs://host:/path`), blanks may stand in the path, `vfs:/x` is `vfs:///x`. The path of a folder-like target gets the
 * trailing slash it lacks; `completeTargetUrl` tells whether it lacked one.
 *
 * `USAGE_INVALID` for text that is no such URL, for a user name where there is no use for one, and for a password.
 */
export function parseTargetUrl(text: string): TargetAddress {
  const { scheme, authority, path: writtenPath, query: queryText } = splitUrl(unescapeAmpersands(text));
  const { user, host } = splitAuthority(scheme, authority);
  const path = decodePath(scheme, writtenPath);
  const query = parseQuery(queryText);
  if (query.has('backingImage')) {
    throw invalid(scheme, 'it names a backup, not only the store', 'Leave out "backingImage=…".');
  }
  return { scheme, user, host, path: isFolder(scheme) ? withSlash(path) : path, query };
}

/** Writes a target's URL so that `parseTargetUrl` gives the same address, and as plain to read as that allows. */
export function formatTargetUrl(target: Omit<TargetAddress, 'mountedAt'>): string {
  const user = target.user === '' ? '' : `${escape(target.user, /[^A-Za-z0-9._~$&+,;=-]/gu)}@`;
  const path = escape(target.path, /[%?#\\\s]/gu);
  const pairs = [...target.query].flatMap(([key, values]) =>
    values.map((value) => `${escape(key, /[=&;%#+\\\s\p{Cc}]/gu)}=${escape(value, /[&;%#+\\\s\p{Cc}]/gu)}`),
  );
  return `${target.scheme}://${user}${target.host}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

/** The same URL with the trailing slash that a folder-like target should have, and whether it had to be added. */
export function completeTargetUrl(text: string): { readonly url: string; readonly slashAdded: boolean } {
  const { scheme, path } = splitUrl(text);
  if (!isFolder(scheme) || path.endsWith('/')) return { url: text, slashAdded: false };
  const pathEnd = text.includes('?') ? text.indexOf('?') : text.length;
  return { url: `${text.slice(0, pathEnd)}/${text.slice(pathEnd)}`, slashAdded: true };
}

/**
 * The mount options of an NFS or CIFS target (`nfsOptions`, `cifsOptions`), or undefined where it states none. As
 * Longhorn takes them: one value is a list with commas, several are taken as they are.
 */
export function mountOptions(target: TargetAddress): readonly string[] | undefined {
  const values = target.query.get(`${target.scheme}Options`);
  return values?.length === 1 ? values[0]!.split(',') : values;
}

/** The parts as written. No message shows the text: a password may be in it. */
function splitUrl(text: string): { scheme: string; authority: string; path: string; query: string } {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/su.exec(text);
  if (match === null) {
    throw new BackupError('USAGE_INVALID', 'The target is not a URL: no scheme such as "s3:" comes first', {
      remedy: targetRemedy,
    });
  }
  const [, writtenScheme = '', authority, path = '', query = ''] = match;
  const scheme = writtenScheme.toLowerCase();
  if (/\p{Cc}/u.test(text)) throw invalid(scheme, 'a control character is in it');
  if (text.includes('#')) throw invalid(scheme, 'a # is in it', 'Write a # of the path as %23.');
  if (authority === undefined && !path.startsWith('/')) throw invalid(scheme, 'no // follows the scheme');
  return { scheme, authority: authority ?? '', path, query };
}

function splitAuthority(scheme: string, authority: string): { user: string; host: string } {
  const at = authority.lastIndexOf('@');
  const userText = at < 0 ? '' : authority.slice(0, at);
  const host = authority.slice(at + 1);
  if (userText.includes(':')) {
    throw invalid(
      scheme,
      'a password is in it',
      'Give credentials by a file or an environment variable, not in the URL.',
    );
  }
  if (at >= 0 && userNameSchemes.includes(scheme)) {
    throw invalid(
      scheme,
      'a user name is in it',
      'Give credentials by a file or an environment variable, not in the URL.',
    );
  }
  if (!/^(?:[A-Za-z0-9._~$&'()*+,;=!-]*|\[[0-9A-Fa-f:.]+(?:%25[A-Za-z0-9._~-]+)?\])(?::[0-9]*)?$/.test(host)) {
    throw invalid(scheme, 'its host is not a name, an address, or an IPv6 address in brackets');
  }
  return { user: decode(scheme, userText), host };
}

function decodePath(scheme: string, writtenPath: string): string {
  const path = decode(scheme, writtenPath);
  // Longhorn would go up; a store that lies elsewhere than its URL says is a trap.
  if (path.split('/').some((part) => part === '..' || part === '.')) {
    throw invalid(scheme, 'its path has a part "." or ".."', 'Write the path without them.');
  }
  if (/\p{Cc}/u.test(path)) throw invalid(scheme, 'a control character is in its path');
  return path === '' ? '/' : path;
}

function decode(scheme: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(scheme, 'a % is not followed by two hex digits of UTF-8', 'Write a % as %25.');
  }
}

const targetRemedy =
  'Write it as s3://bucket@region/prefix/, nfs://host:/path, cifs://host/share, azblob://container@core.windows.net/prefix/, webdavs://host/path/ or file:///path/.';

const invalid = (scheme: string, why: string, remedy = targetRemedy): BackupError =>
  new BackupError('USAGE_INVALID', `The ${scheme} URL of the target cannot be used: ${why}`, { remedy });

const isFolder = (scheme: string): boolean => folderSchemes.includes(scheme);
const withSlash = (path: string): string => (path.endsWith('/') ? path : `${path}/`);
const escape = (text: string, characters: RegExp): string => text.replace(characters, encodeURIComponent);
