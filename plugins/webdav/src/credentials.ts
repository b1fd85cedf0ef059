import { BackupError, type PluginContext, type Secret } from '@hayloft/engine';

/** Who asks. */
export type WebdavCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly user: string; readonly password: Secret }
  | { readonly kind: 'token'; readonly token: Secret };

/** Reads `WEBDAV_USERNAME` and `WEBDAV_PASSWORD`, or `WEBDAV_TOKEN`; an empty value counts as none. */
export function webdavCredentials(keys: PluginContext['credentials']): WebdavCredentials {
  const given = (key: string): Secret | undefined => (keys.get(key)?.reveal() === '' ? undefined : keys.get(key));
  const [user, password, token] = [given('WEBDAV_USERNAME'), given('WEBDAV_PASSWORD'), given('WEBDAV_TOKEN')];
  if (token !== undefined) {
    if (user !== undefined || password !== undefined) throw invalid('both a password and a token are given');
    if (!/^[\x21-\x7e]+$/.test(token.reveal()))
      throw invalid('WEBDAV_TOKEN holds a blank or a character that no token has');
    return { kind: 'token', token };
  }
  if (user === undefined && password === undefined) return { kind: 'none' };
  if (user === undefined) throw invalid('WEBDAV_PASSWORD is given without WEBDAV_USERNAME');
  if (password === undefined) throw invalid('WEBDAV_USERNAME is given without WEBDAV_PASSWORD');
  if (/[:\p{Cc}]/u.test(user.reveal())) throw invalid('WEBDAV_USERNAME holds a colon or a control character');
  return { kind: 'password', user: user.reveal(), password };
}

const invalid = (why: string): BackupError =>
  new BackupError('CONFIGURATION_INVALID', `the credentials of a WebDAV store cannot be used: ${why}`, {
    remedy: 'Give WEBDAV_USERNAME with WEBDAV_PASSWORD, or WEBDAV_TOKEN, or none of them.',
  });
