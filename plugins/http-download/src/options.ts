import { BackupError, Secret } from '@hayloft/engine';

/** What selects and shapes a download; see the README for the same in YAML. */
export interface HttpDownloadOptions {
  readonly url: string;
  /** SHA-512 of the file, 128 lower-case hex digits. */
  readonly checksum?: string | undefined;
  /** Further request headers that hold no secret, by name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** File with one `Name: value` a line, for headers that do. */
  readonly headerFile?: string | undefined;
  readonly user?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** File with a bearer token. */
  readonly tokenFile?: string | undefined;
  /** Proxy URL; it may hold a user and a password. */
  readonly proxy?: Secret | undefined;
  /** File with the proxy URL. */
  readonly proxyFile?: string | undefined;
  readonly noProxy?: string | undefined;
  /** PEM file with further certificate authorities. */
  readonly cacert?: string | undefined;
  /** Requests at once, 1 to 16. */
  readonly connections: number;
  /** Bytes of one request, 64 KiB to 64 MiB; memory is at most `connections` × `rangeBytes`. */
  readonly rangeBytes: number;
}

// Four ride out one slow connection; on loopback two are as quick, and eight no quicker.
const connectionsDefault = 4;
const connectionsMax = 16;
const rangeBytesDefault = 8 * 1024 * 1024;
const rangeBytesMin = 64 * 1024;
const rangeBytesMax = 64 * 1024 * 1024;

/** The keys of `HttpDownloadOptions`, checked by the compiler to be all of them. */
const texts = ['url', 'checksum', 'headerFile', 'user', 'passwordFile', 'tokenFile', 'proxy'] as const;
const moreTexts = ['proxyFile', 'noProxy', 'cacert'] as const;
const known = new Set<string>([...texts, ...moreTexts, 'headers', 'connections', 'rangeBytes']);

/** Reads options out of a configuration; `CONFIGURATION_INVALID` says in a sentence what is wrong. Values are not shown. */
export function parseOptions(value: unknown): HttpDownloadOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the options are not a table');
  const given = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given)) {
    if (!known.has(key)) throw invalid(`there is no option "${key}"; known are ${[...known].join(', ')}`);
  }
  const url = text(given, 'url');
  if (url === undefined) throw invalid('"url" is missing');
  const checksum = text(given, 'checksum')?.toLowerCase();
  if (checksum !== undefined && !/^[0-9a-f]{128}$/.test(checksum)) {
    throw invalid('"checksum" is not a SHA-512 of 128 hex digits');
  }
  const proxy = text(given, 'proxy');
  const options: HttpDownloadOptions = {
    url,
    checksum,
    headers: headers(given['headers']),
    headerFile: text(given, 'headerFile'),
    user: text(given, 'user'),
    passwordFile: text(given, 'passwordFile'),
    tokenFile: text(given, 'tokenFile'),
    proxy: proxy === undefined ? undefined : new Secret(proxy),
    proxyFile: text(given, 'proxyFile'),
    noProxy: text(given, 'noProxy'),
    cacert: text(given, 'cacert'),
    connections: integer(given, 'connections', { min: 1, max: connectionsMax }) ?? connectionsDefault,
    rangeBytes: integer(given, 'rangeBytes', { min: rangeBytesMin, max: rangeBytesMax }) ?? rangeBytesDefault,
  };
  checkTogether(options);
  return options;
}

function checkTogether(options: HttpDownloadOptions): void {
  const { user, passwordFile, tokenFile, proxy, proxyFile } = options;
  if ((user === undefined) !== (passwordFile === undefined)) {
    throw invalid('"user" and "passwordFile" belong together: one of them is missing');
  }
  if (user !== undefined && tokenFile !== undefined) throw invalid('"user" and "tokenFile" exclude each other');
  if (proxy !== undefined && proxyFile !== undefined) throw invalid('"proxy" and "proxyFile" exclude each other');
}

type TextKey = (typeof texts)[number] | (typeof moreTexts)[number];

function text(given: Readonly<Record<string, unknown>>, key: TextKey): string | undefined {
  const value = given[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw invalid(`"${key}" is not a text`);
  return value;
}

function integer(
  given: Readonly<Record<string, unknown>>,
  key: 'connections' | 'rangeBytes',
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const value = given[key];
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw invalid(`"${key}" is not a whole number from ${min} to ${max}`);
  }
  return value as number;
}

/** Names of headers that carry secrets; the command line and the configuration are the wrong place for those. */
const secretName = /^(authorization|cookie|.*(token|secret|password|api-?key|signature|credential).*)$/i;

function headers(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('"headers" is not a table');
  for (const [name, content] of Object.entries(value)) {
    if (typeof content !== 'string') throw invalid(`the header "${name}" is not a text`);
    if (secretName.test(name)) throw invalid(`the header "${name}" holds a secret: put it into "headerFile"`);
  }
  return value as Readonly<Record<string, string>>;
}

const invalid = (why: string): BackupError =>
  new BackupError('CONFIGURATION_INVALID', `options of a download: ${why}`, {
    remedy: 'Correct them; the README of the http-download plugin lists every option.',
  });
