import {
  BackupError,
  pluginContract,
  type PluginContext,
  type Secret,
  type StorePlugin,
  type TargetAddress,
} from '@hayloft/engine';
import { createWebdavStore } from './create-webdav-store.ts';
import { webdavCredentials } from './credentials.ts';
import { openDavClient } from './dav-client.ts';
import { example } from './example.ts';

export interface WebdavOptions {
  /** `http:` or `https:`, ending in a slash. */
  readonly url: URL;
}

/** Store `webdav`: a collection of a WebDAV server, `webdav://host/path/` over http and `webdavs://host/path/` over https. */
export const webdavPlugin: StorePlugin<WebdavOptions> = {
  contract: pluginContract,
  kind: 'store',
  type: 'webdav',
  summary: 'A folder of a WebDAV server (webdavs://host/path/, webdav://host/path/)',
  example,
  options: { parse: parseOptions },
  schemes: { webdav: optionsOf, webdavs: optionsOf },
  open,
};

async function open({ url }: WebdavOptions, { credentials, signal }: PluginContext): ReturnType<StorePlugin['open']> {
  signal.throwIfAborted();
  const secure = url.protocol === 'https:';
  const given = (key: string): Secret | undefined =>
    credentials.get(key)?.reveal() === '' ? undefined : credentials.get(key);
  const client = openDavClient({
    root: url,
    credentials: webdavCredentials(credentials),
    proxy: given(secure ? 'HTTPS_PROXY' : 'HTTP_PROXY'),
    noProxy: given('NO_PROXY')?.reveal(),
    cacert: given('WEBDAV_CERT')?.reveal(),
  });
  try {
    return await createWebdavStore({
      client,
      location: `webdav${secure ? 's' : ''}://${url.host}${url.pathname}`,
      signal,
    });
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

function optionsOf({ scheme, user, host, path, query }: TargetAddress): unknown {
  if (user !== '') throw invalid('the URL holds a user name; it is given as WEBDAV_USERNAME');
  if (query.size > 0) throw invalid(`a WebDAV URL has no options, but "${[...query.keys()].join('", "')}" is given`);
  return { url: `${scheme}://${host}${path.split('/').map(encodeURIComponent).join('/')}` };
}

function parseOptions(value: unknown): WebdavOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the options are not a table');
  for (const key of Object.keys(value)) if (key !== 'url') throw invalid(`there is no option "${key}"; there is "url"`);
  const { url: text } = value as { readonly url?: unknown };
  if (typeof text !== 'string') throw invalid('"url" is not given');
  const url = URL.parse(text.replace(/^webdav(s?):/i, 'http$1:'));
  if (url === null || !/^https?:$/.test(url.protocol))
    throw invalid('"url" is not a webdav:, webdavs:, http: or https: URL');
  if (url.username !== '' || url.password !== '') throw invalid('"url" holds a user or a password');
  if (url.search !== '' || url.hash !== '') throw invalid('"url" holds a "?" or a "#"; write them as %3F and %23');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { url };
}

function invalid(why: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `options of a WebDAV store: ${why}`, {
    remedy: 'Write the target as "webdavs://host/path/"; the README of the webdav plugin lists every option.',
  });
}
