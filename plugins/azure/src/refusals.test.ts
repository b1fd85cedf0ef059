import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { isBackupError, type BackupStore } from '@hayloft/engine';
import { refusalOf } from '@hayloft/http';
import { startScriptedService, answer, listing, refuse } from './testing/scripted-service.ts';
import { openStore, signal } from './testing/test-container.ts';

const container = 'images';
const data = Buffer.from('hay');

async function drain(store: BackupStore): Promise<void> {
  for await (const _info of store.list('', { signal }));
}

const verbs: Readonly<Record<string, (store: BackupStore) => Promise<unknown>>> = {
  put: (store) => store.put('b', data, { signal }),
  get: (store) => store.get('b', { signal }),
  stat: (store) => store.stat('b', { signal }),
  list: drain,
  delete: (store) => store.delete('b', { signal }),
};

describe('what every call makes of a refusal, without asking twice', () => {
  test.each([
    [403, 'AuthenticationFailed', 'ACCESS_DENIED', 'does not fit the account'],
    [403, 'AccountIsDisabled', 'ACCESS_DENIED', 'account is disabled'],
    [403, 'AuthorizationFailure', 'ACCESS_DENIED', 'firewall'],
    [403, 'AuthorizationPermissionMismatch', 'ACCESS_DENIED', 'do not allow this'],
    [403, 'KeyBasedAuthenticationNotPermitted', 'ACCESS_DENIED', 'allows no keys'],
    [403, 'SomethingNew', 'ACCESS_DENIED', 'denies access'],
    [401, 'NoAuthenticationInformation', 'ACCESS_DENIED', 'denies access'],
    [404, 'ContainerNotFound', 'STORE_INVALID', 'no such container'],
    [404, 'ResourceNotFound', 'STORE_INVALID', 'knows no such thing'],
    [404, '', 'STORE_INVALID', 'knows no such thing'],
    [409, 'ContainerBeingDeleted', 'STORE_INVALID', 'being deleted'],
    [409, 'BlobImmutableDueToPolicy', 'STORE_READ_ONLY', 'policy'],
    [412, 'LeaseIdMissing', 'ACCESS_DENIED', 'lease'],
    [400, 'InvalidHeaderValue', 'STORE_INVALID', 'version of its protocol'],
    [429, '', 'STORE_UNAVAILABLE', 'too much at once'],
    [503, 'ServerBusy', 'STORE_UNAVAILABLE', 'too much at once'],
    [500, 'InternalError', 'STORE_UNAVAILABLE', 'failed'],
    [500, 'OperationTimedOut', 'STORE_UNAVAILABLE', 'took too long'],
    [502, '', 'STORE_UNAVAILABLE', 'failed'],
    [507, '', 'NO_SPACE', 'no space'],
    [302, '', 'STORE_INVALID', 'redirect'],
    [400, 'InvalidUri', 'STORE_INVALID', 'refuses'],
  ])('%i %s is %s', async (status, name, code, why) => {
    await using service = await startScriptedService((_request, response) =>
      name === '' ? response.writeHead(status, { location: '/' }).end() : refuse(response, status, name),
    );
    await using store = await openStore(container, service.credentials);
    for (const [verb, call] of Object.entries(verbs)) {
      const before = service.requests.length;
      const error: unknown = await call(store).catch((reason: unknown) => reason);
      expect([verb, isBackupError(error) && error.code]).toEqual([verb, code]);
      expect((error as Error).message).toContain(why);
      expect(service.requests.length - before).toBe(1);
    }
  });
});

test('a wait that the service asks for is said and handed on', async () => {
  await using service = await startScriptedService((_request, response) =>
    refuse(response, 503, 'ServerBusy', { 'retry-after': '7' }),
  );
  await using store = await openStore(container, service.credentials);
  const error: unknown = await store.get('b', { signal }).catch((reason: unknown) => reason);
  expect((error as Error).message).toContain('come back in 7 s');
  expect(refusalOf(error)).toMatchObject({ status: 503, retryAfterMs: 7_000 });
});

test('a clock that is wrong is told from a key that is', async () => {
  await using service = await startScriptedService((_request, response) =>
    refuse(response, 403, 'AuthenticationFailed', { date: 'Mon, 05 Jan 2015 03:04:05 GMT' }),
  );
  await using store = await openStore(container, service.credentials);
  await expect(store.get('b', { signal })).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    message: expect.stringContaining('there 2015-01-05T03:04:05.000Z'),
    remedy: expect.stringContaining('clock'),
  });
});

test('absence is what the service says of the blob, and never of anything else', async () => {
  await using service = await startScriptedService((_request, response) => refuse(response, 404, 'BlobNotFound'));
  await using store = await openStore(container, service.credentials);
  await expect(store.get('b', { signal })).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  await expect(store.stat('b', { signal })).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  await expect(store.delete('b', { signal })).resolves.toBeUndefined();
  await expect(store.put('b', data, { signal })).rejects.toMatchObject({ code: 'STORE_INVALID' });
  await expect(drain(store)).rejects.toMatchObject({ code: 'STORE_INVALID' });
});

describe('a 200 that is none', () => {
  const page = '<html><body>Please log in</body></html>';
  test.each([
    ['a web page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page)],
    ['a web page with a number', (response) => answer(response, 200, { 'content-type': 'text/html' }, page)],
    ['an error', (response) => answer(response, 200, {}, '<Error><Code>InternalError</Code></Error>')],
    ['half a listing', (response) => answer(response, 200, {}, listing(['a', 'b']).slice(0, 300))],
    ['no listing', (response) => answer(response, 200, {})],
    [
      'a listing without an end',
      (response) => answer(response, 200, {}, listing([]).replace(/<NextMarker>.*Marker>/, '')),
    ],
    ['other names', (response) => answer(response, 200, {}, listing(['elsewhere/a']))],
    ['the same page again and again', (response) => answer(response, 200, {}, listing(['p/a'], 'marker'))],
    ['junk with a right end', (response) => answer(response, 200, {}, '<x><y></EnumerationResults>')],
    [
      'a listing of nothing known',
      (response) => answer(response, 200, {}, '<EnumerationResults></EnumerationResults>'),
    ],
  ] as [string, (response: ServerResponse) => void][])(
    '%s instead of a listing is STORE_INVALID, and never an empty listing',
    async (_, script) => {
      await using service = await startScriptedService((_request, response) => script(response));
      await using store = await openStore(container, service.credentials, 'p');
      await expect(drain(store)).rejects.toMatchObject({ code: 'STORE_INVALID' });
    },
  );

  test('instead of a blob is STORE_INVALID', async () => {
    await using service = await startScriptedService((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': page.length, etag: '"1"' }).end(page),
    );
    await using store = await openStore(container, service.credentials);
    for (const verb of ['put', 'get', 'stat', 'delete']) {
      await expect(verbs[verb]!(store)).rejects.toMatchObject({ code: 'STORE_INVALID' });
    }
  });
});

test('no message shows the key, the signature or a SAS', async () => {
  await using service = await startScriptedService((_request, response) => response.destroy());
  const { AZBLOB_ACCOUNT_KEY: key, ...others } = service.credentials as Record<string, string>;
  const sas = { ...others, AZBLOB_SAS_TOKEN: '?sv=2024-11-04&se=2030-01-01&sig=secret-of-the-test' };
  await using store = await openStore(container, service.credentials);
  const errors = [
    await store.get('b', { signal }).catch((reason: unknown) => reason),
    await openStore(container, sas).catch((reason: unknown) => reason),
  ];
  for (const error of errors) {
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(inspect(error, { depth: 10 })).not.toMatch(new RegExp(`${key}|secret-of-the-test|SharedKey`));
  }
});
