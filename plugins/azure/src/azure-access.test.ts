import { describe, expect, test } from '@jest/globals';
import { isBackupError, Secret } from '@hayloft/engine';
import fc from 'fast-check';
import { readAccess } from './azure-access.ts';

const key = Buffer.alloc(64, 1).toString('base64');
const read = (credentials: Readonly<Record<string, string>>, suffix?: string) =>
  readAccess(new Map(Object.entries(credentials).map(([name, value]) => [name, new Secret(value)])), suffix);

test.each([
  ['core.windows.net', undefined, 'https://acct.blob.core.windows.net'],
  ['core.chinacloudapi.cn', undefined, 'https://acct.blob.core.chinacloudapi.cn'],
  ['core.usgovcloudapi.net', undefined, 'https://acct.blob.core.usgovcloudapi.net'],
  ['local.azurestack.external', undefined, 'https://acct.blob.local.azurestack.external'],
  ['core.windows.net', 'http://azurite:10000', 'http://azurite:10000/acct'],
  ['core.windows.net', 'http://azurite:10000/', 'http://azurite:10000/acct'],
  [undefined, 'https://gateway/azurite/', 'https://gateway/azurite/acct'],
  [undefined, 'https://acct.privatelink.blob.core.windows.net/', 'https://acct.privatelink.blob.core.windows.net'],
  [undefined, 'https://acct2.example.com', 'https://acct2.example.com/acct'],
])('the account of a target at "%s" with AZBLOB_ENDPOINT=%s is at %s', (suffix, endpoint, expected) => {
  const credentials = { AZBLOB_ACCOUNT_NAME: 'acct', AZBLOB_ACCOUNT_KEY: key };
  expect(read({ ...credentials, ...(endpoint && { AZBLOB_ENDPOINT: endpoint }) }, suffix).endpoint).toBe(expected);
});

test('a line end behind a value is none of it', () => {
  const { account, authentication } = read({ AZBLOB_ACCOUNT_NAME: 'acct\n', AZBLOB_ACCOUNT_KEY: `${key}\n` }, 'x.net');
  expect(account).toBe('acct');
  expect(authentication.kind === 'key' && authentication.key.reveal()).toBe(key);
});

test.each([
  ['?sv=1&sig=a%2Fb', 'sv=1&sig=a%2Fb'],
  ['sv=1&sig=a%2Fb', 'sv=1&sig=a%2Fb'],
  ['https://acct.blob.core.windows.net/c?sv=1&sig=a%2Fb', 'sv=1&sig=a%2Fb'],
])('a SAS is taken as a query, with a question mark or as a whole URL: %s', (text, query) => {
  const { authentication } = read({ AZBLOB_ACCOUNT_NAME: 'acct', AZBLOB_SAS_TOKEN: text }, 'core.windows.net');
  expect(authentication.kind === 'sas' && authentication.token.reveal()).toBe(query);
});

test('neither key nor SAS leaves it to the identity of this process, over TLS only', () => {
  expect(read({ AZBLOB_ACCOUNT_NAME: 'acct' }, 'core.windows.net').authentication).toEqual({ kind: 'identity' });
  expect(() => read({ AZBLOB_ACCOUNT_NAME: 'acct', AZBLOB_ENDPOINT: 'http://azurite:10000' })).toThrow('without TLS');
});

describe('what cannot be meant so is CONFIGURATION_INVALID, and not shown', () => {
  const good = { AZBLOB_ACCOUNT_NAME: 'acct', AZBLOB_ACCOUNT_KEY: key };
  test.each([
    ['no account', { AZBLOB_ACCOUNT_KEY: key }, 'no AZBLOB_ACCOUNT_NAME'],
    ['a host as account', { ...good, AZBLOB_ACCOUNT_NAME: 'acct.blob.core.windows.net' }, 'AZBLOB_ACCOUNT_NAME'],
    ['a key cut short', { ...good, AZBLOB_ACCOUNT_KEY: 'c2VjcmV0/x' }, 'not base64'],
    ['a key and a SAS', { ...good, AZBLOB_SAS_TOKEN: 'sv=1&sig=secret' }, 'both'],
    ['a SAS without signature', { AZBLOB_ACCOUNT_NAME: 'acct', AZBLOB_SAS_TOKEN: 'sv=1&secret=1' }, 'not a SAS'],
    ['an endpoint without scheme', { ...good, AZBLOB_ENDPOINT: 'secret:10000' }, 'AZBLOB_ENDPOINT'],
    ['an endpoint with a password', { ...good, AZBLOB_ENDPOINT: 'http://u:secret@h' }, 'AZBLOB_ENDPOINT'],
    ['a SAS URL as endpoint', { ...good, AZBLOB_ENDPOINT: 'https://h/?sig=secret' }, 'AZBLOB_ENDPOINT'],
  ])('%s', (_, credentials, why) => {
    expect.assertions(3);
    try {
      read(credentials, 'core.windows.net');
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
      expect((error as Error).message).toContain(why);
      expect((error as Error).message).not.toContain('secret');
    }
  });

  test('nowhere to look for the account', () => {
    expect(() => read(good)).toThrow('neither the target nor AZBLOB_ENDPOINT');
  });
});

test('any credentials are read or refused with a code, and no URL gets another host than was given', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('acct', key, 'https://host:1', '?sig=1', 'a@b', '../x'));
  const credentials = fc.dictionary(
    fc.constantFrom('AZBLOB_ACCOUNT_NAME', 'AZBLOB_ACCOUNT_KEY', 'AZBLOB_SAS_TOKEN', 'AZBLOB_ENDPOINT'),
    text,
  );
  fc.assert(
    fc.property(credentials, (given) => {
      try {
        const { endpoint } = read(given, 'core.windows.net');
        const host = given['AZBLOB_ENDPOINT']?.trim()
          ? new URL(given['AZBLOB_ENDPOINT'].trim()).host
          : `${given['AZBLOB_ACCOUNT_NAME']!.trim()}.blob.core.windows.net`;
        expect(new URL(endpoint).host).toBe(host);
      } catch (error) {
        expect(isBackupError(error, 'CONFIGURATION_INVALID') ? undefined : error).toBeUndefined();
      }
    }),
  );
});
