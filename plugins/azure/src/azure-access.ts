import { BackupError, Secret } from '@hayloft/engine';

/** Where a target's account is and by whom it is reached, as the target's own credentials say and nothing else. */
export interface AzureAccess {
  readonly account: string;
  /** `https://account.blob.core.windows.net` or `http://host:port/account`, without a slash at its end. */
  readonly endpoint: string;
  readonly authentication: Authentication;
  /** PEM. */
  readonly certificates: string | undefined;
  readonly proxies: { readonly 'http:': Secret | undefined; readonly 'https:': Secret | undefined };
  readonly noProxy: string | undefined;
}

export type Authentication =
  | { readonly kind: 'key'; readonly key: Secret }
  /** The query of a SAS, without its question mark. */
  | { readonly kind: 'sas'; readonly token: Secret }
  /** Whoever this process is to Azure: a workload identity, a managed identity, or what its environment says. */
  | { readonly kind: 'identity' };

/** Reads Longhorn's keys, and `AZBLOB_SAS_TOKEN`. `CONFIGURATION_INVALID` for what cannot be meant so. */
export function readAccess(credentials: ReadonlyMap<string, Secret>, endpointSuffix: string | undefined): AzureAccess {
  // A Secret made with `echo` ends in a line end; no key begins or ends in a blank.
  const value = (key: string): string | undefined => credentials.get(key)?.reveal().trim() || undefined;
  const account = parseAccount(value('AZBLOB_ACCOUNT_NAME'));
  const endpoint = endpointOf(account, value('AZBLOB_ENDPOINT'), endpointSuffix);
  return {
    account,
    endpoint,
    authentication: readAuthentication(value('AZBLOB_ACCOUNT_KEY'), value('AZBLOB_SAS_TOKEN'), endpoint),
    certificates: value('AZBLOB_CERT'),
    proxies: { 'http:': withScheme(value('HTTP_PROXY')), 'https:': withScheme(value('HTTPS_PROXY')) },
    noProxy: value('NO_PROXY'),
  };
}

function parseAccount(name: string | undefined): string {
  if (name === undefined) {
    throw invalid('there is no AZBLOB_ACCOUNT_NAME', 'Give the name of the storage account as AZBLOB_ACCOUNT_NAME.');
  }
  if (/^[a-z0-9][a-z0-9-]{1,62}$/.test(name)) return name;
  throw invalid(
    'AZBLOB_ACCOUNT_NAME is not the name of an account',
    'Give the name alone: 3 to 24 lower-case letters and digits.',
  );
}

function endpointOf(account: string, endpoint: string | undefined, suffix: string | undefined): string {
  if (endpoint === undefined) {
    if (suffix !== undefined) return `https://${account}.blob.${suffix}`;
    throw invalid(
      'neither the target nor AZBLOB_ENDPOINT says where the account is',
      'Write the target as azblob://container@core.windows.net/prefix/, or give AZBLOB_ENDPOINT.',
    );
  }
  const url = URL.parse(endpoint);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  // Not shown: what is no URL may be a secret in the wrong place.
  if (url === null || !isHttp || url.username !== '' || url.search !== '' || url.hash !== '' || /\s/.test(endpoint)) {
    throw invalid(
      'AZBLOB_ENDPOINT is not an http:// or https:// URL',
      'Write it with its scheme and nothing behind the port: http://azurite:10000. A SAS is given as AZBLOB_SAS_TOKEN.',
    );
  }
  const base = url.href.replace(/\/+$/, '');
  // Longhorn always appends the account; where the host names it already, as Azure's own do, that leads nowhere.
  return url.hostname.startsWith(`${account}.`) ? base : `${base}/${account}`;
}

function readAuthentication(key: string | undefined, token: string | undefined, endpoint: string): Authentication {
  if (key !== undefined && token !== undefined) {
    throw invalid('there are both AZBLOB_ACCOUNT_KEY and AZBLOB_SAS_TOKEN', 'Give one of them.');
  }
  if (key !== undefined) {
    if (/^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(key)) {
      return { kind: 'key', key: new Secret(key) };
    }
    throw invalid('AZBLOB_ACCOUNT_KEY is not base64', 'Copy the whole key, with the "=" at its end.');
  }
  if (token !== undefined) {
    const query = token.slice(token.indexOf('?') + 1);
    if (new URLSearchParams(query).has('sig') && !/[\s#]/.test(query)) return { kind: 'sas', token: new Secret(query) };
    throw invalid('AZBLOB_SAS_TOKEN is not a SAS', 'Give the query of a SAS URL: "sv=…&sig=…".');
  }
  if (endpoint.startsWith('https:')) return { kind: 'identity' };
  throw invalid(
    'there is neither AZBLOB_ACCOUNT_KEY nor AZBLOB_SAS_TOKEN, and a token of an identity is not sent without TLS',
    'Give AZBLOB_ACCOUNT_KEY, or an AZBLOB_ENDPOINT that begins with https://.',
  );
}

function withScheme(proxy: string | undefined): Secret | undefined {
  if (proxy === undefined) return undefined;
  return new Secret(proxy.includes('://') ? proxy : `http://${proxy}`);
}

function invalid(why: string, remedy: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `credentials of an azure store: ${why}`, { remedy });
}
