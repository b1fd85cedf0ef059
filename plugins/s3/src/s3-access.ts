import { BackupError, Secret } from '@hayloft/engine';

/** How a target's bucket is reached and by whom, as its own credentials say and nothing else. */
export interface S3Access {
  readonly keys: S3Keys | undefined;
  /** A role to take on, with `keys` or else with the machine's own identity. */
  readonly roleArn: string | undefined;
  readonly profile: string | undefined;
  /** Undefined: AWS. */
  readonly endpoint: URL | undefined;
  readonly stsEndpoint: string | undefined;
  readonly region: string | undefined;
  readonly virtualHosted: boolean;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  /** PEM. */
  readonly certificates: string | undefined;
  readonly proxies: { readonly 'http:': Secret | undefined; readonly 'https:': Secret | undefined };
  readonly noProxy: string | undefined;
  /** 32 bytes in base64, for `encryption: customer`. */
  readonly customerKey: Secret | undefined;
}

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | undefined;
}

/** Reads Longhorn's keys, and AWS's own where Longhorn has none. `CONFIGURATION_INVALID` for what cannot be meant so. */
export function readAccess(credentials: ReadonlyMap<string, Secret>): S3Access {
  // A Secret made with `echo` ends in a line end; no key begins or ends in a blank.
  const value = (key: string): string | undefined => credentials.get(key)?.reveal().trim() || undefined;
  const secret = (key: string): Secret | undefined => {
    const text = value(key);
    return text === undefined ? undefined : new Secret(text);
  };
  const endpoint = parseEndpoint(value('AWS_ENDPOINTS'));
  return {
    keys: readKeys(value('AWS_ACCESS_KEY_ID'), secret('AWS_SECRET_ACCESS_KEY'), secret('AWS_SESSION_TOKEN')),
    roleArn: parseRole(value('AWS_IAM_ROLE_ARN')),
    profile: value('AWS_PROFILE'),
    endpoint,
    stsEndpoint: value('AWS_ENDPOINT_URL_STS'),
    region: value('AWS_REGION') ?? value('AWS_DEFAULT_REGION'),
    virtualHosted: isVirtualHosted(value('VIRTUAL_HOSTED_STYLE'), endpoint),
    useFipsEndpoint: value('AWS_USE_FIPS_ENDPOINT') === 'true',
    useDualstackEndpoint: value('AWS_USE_DUALSTACK_ENDPOINT') === 'true',
    certificates: value('AWS_CERT'),
    proxies: { 'http:': withScheme(value('HTTP_PROXY')), 'https:': withScheme(value('HTTPS_PROXY')) },
    noProxy: value('NO_PROXY'),
    customerKey: parseCustomerKey(value('AWS_SSE_CUSTOMER_KEY')),
  };
}

function readKeys(id: string | undefined, key: Secret | undefined, token: Secret | undefined): S3Keys | undefined {
  if (id !== undefined && key !== undefined) return { accessKeyId: id, secretAccessKey: key, sessionToken: token };
  if (id === undefined && key === undefined && token === undefined) return undefined;
  const missing = id === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
  throw invalid(
    `there is no ${missing}, but a part of it that is of no use alone`,
    'Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither of them for the role of this machine.',
  );
}

function parseEndpoint(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  // Not shown: what is no URL may be a secret in the wrong place.
  if (url === null || !isHttp || url.username !== '' || url.search !== '' || url.hash !== '' || /[,\s]/.test(text)) {
    throw invalid(
      'AWS_ENDPOINTS is not one http:// or https:// URL',
      'Write it with its scheme, and only one, in spite of its name: https://s3.example.com:9000.',
    );
  }
  return url;
}

function parseRole(arn: string | undefined): string | undefined {
  if (arn === undefined || /^arn:[^:]+:iam::\d*:role\/\S+$/.test(arn)) return arn;
  throw invalid('AWS_IAM_ROLE_ARN names no role', 'Write it as arn:aws:iam::123456789012:role/name.');
}

/** Longhorn's rule: exactly `true` or `false` decide, else an endpoint of one's own has the bucket in the path. */
function isVirtualHosted(style: string | undefined, endpoint: URL | undefined): boolean {
  if (style === 'true' || style === 'false') return style === 'true';
  return endpoint === undefined;
}

function withScheme(proxy: string | undefined): Secret | undefined {
  if (proxy === undefined) return undefined;
  return new Secret(proxy.includes('://') ? proxy : `http://${proxy}`);
}

function parseCustomerKey(key: string | undefined): Secret | undefined {
  if (key === undefined) return undefined;
  if (/^[A-Za-z0-9+/]{43}=$/.test(key)) return new Secret(key);
  throw invalid('AWS_SSE_CUSTOMER_KEY is not 32 bytes in base64', 'Make one with "openssl rand -base64 32".');
}

function invalid(why: string, remedy: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `credentials of an s3 store: ${why}`, { remedy });
}

/** The keys in the form of the SDK. */
export function staticCredentials({ accessKeyId, secretAccessKey, sessionToken }: S3Keys) {
  const token = sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() };
  return { accessKeyId, secretAccessKey: secretAccessKey.reveal(), ...token };
}
