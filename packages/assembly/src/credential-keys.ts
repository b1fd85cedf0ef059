/** Longhorn's names of the keys that each kind of store uses; `undefined` stands for a kind that is not listed. */
const proxyKeys = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
const s3Keys = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_ENDPOINTS',
  'AWS_CERT',
  'AWS_IAM_ROLE_ARN',
  'AWS_SIGN_ACCEPT_ENCODING',
  'VIRTUAL_HOSTED_STYLE',
];
const azureKeys = ['AZBLOB_ACCOUNT_NAME', 'AZBLOB_ACCOUNT_KEY', 'AZBLOB_SAS_TOKEN', 'AZBLOB_ENDPOINT', 'AZBLOB_CERT'];
const webdavKeys = ['WEBDAV_USERNAME', 'WEBDAV_PASSWORD', 'WEBDAV_TOKEN', 'WEBDAV_CERT'];

const keysOfScheme: Readonly<Record<string, readonly string[]>> = {
  s3: [...s3Keys, ...proxyKeys],
  azblob: [...azureKeys, ...proxyKeys],
  cifs: ['CIFS_USERNAME', 'CIFS_PASSWORD'],
  webdav: [...webdavKeys, ...proxyKeys],
  webdavs: [...webdavKeys, ...proxyKeys],
  nfs: [],
  file: [],
  vfs: [],
};

/** Keys of a Secret that holds the passphrase of an encrypted image. */
const encryptionKeys = [
  'CRYPTO_KEY_VALUE',
  'CRYPTO_KEY_PROVIDER',
  'CRYPTO_KEY_CIPHER',
  'CRYPTO_KEY_HASH',
  'CRYPTO_KEY_SIZE',
  'CRYPTO_PBKDF',
  'CRYPTO_PBKDF_FORCE_ITERATIONS',
  'CRYPTO_PBKDF_MEMORY',
];

/** Variables that a store of that scheme takes from the environment when nothing else gives credentials. */
const prefixOfScheme: Readonly<Record<string, string>> = {
  s3: 'AWS_',
  azblob: 'AZBLOB_',
  cifs: 'CIFS_',
  webdav: 'WEBDAV_',
  webdavs: 'WEBDAV_',
};

/** True for a key that some store or an encrypted image uses. */
export function isKnownCredentialKey(key: string): boolean {
  return encryptionKeys.includes(key) || Object.values(keysOfScheme).some((keys) => keys.includes(key));
}

/** True for a key that stores of that scheme use; a third party's plugin, of no scheme known here, gets them all. */
export function isUsedByScheme(key: string, scheme: string | undefined): boolean {
  const keys = scheme === undefined ? undefined : keysOfScheme[scheme];
  return keys === undefined || keys.includes(key) || isOwnVariable(key, scheme!);
}

/** True for an environment variable of exactly this kind of store. */
export function isOwnVariable(name: string, scheme: string): boolean {
  const prefix = prefixOfScheme[scheme];
  return prefix !== undefined && name.startsWith(prefix);
}
