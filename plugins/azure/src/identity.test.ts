import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { holdServers, makeContainer, openStore, signal, type Credentials } from './testing/test-container.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(120_000);
const available = await hasServers('azurite-tls');
if (available) holdServers([() => useServer('azurite-tls')]);

const tenant = '11111111-2222-3333-4444-555555555555';
interface Reply {
  readonly status: number;
  readonly value: unknown;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** As Azure signs it, but for the signature, which Azurite does not look at. */
function makeToken(audience: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { aud: audience, iss: `https://sts.windows.net/${tenant}/`, iat: now, nbf: now - 60, exp: now + 3600 };
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.AAAA`;
}

(available ? describe : describe.skip)('without a key', () => {
  const work = mkdtempSync(join(tmpdir(), 'hayloft-azure-identity-'));
  const variables = [
    'AZURE_TENANT_ID',
    'AZURE_CLIENT_ID',
    'AZURE_FEDERATED_TOKEN_FILE',
    'AZURE_AUTHORITY_HOST',
    'PATH',
  ];
  const before = new Map(variables.map((name) => [name, process.env[name]]));
  /** Azure's place for tokens: gives one of `audience` for the federated token, or refuses. */
  let authority: Server;
  let url: string;
  let audience: string | undefined;
  const asked: URLSearchParams[] = [];

  function describeAuthority(): Reply {
    const base = `${url}/${tenant}/oauth2/v2.0`;
    const ends = { authorization_endpoint: `${base}/authorize`, jwks_uri: `${base}/keys` };
    return {
      status: 200,
      value: { issuer: `${url}/${tenant}/v2.0`, token_endpoint: `${base}/token`, ...ends },
    };
  }

  function giveToken(question: URLSearchParams): Reply {
    asked.push(question);
    if (audience === undefined) {
      const error_description = 'AADSTS70021: no matching federated identity';
      return { status: 400, value: { error: 'invalid_client', error_description } };
    }
    return {
      status: 200,
      value: { token_type: 'Bearer', expires_in: 3600, access_token: makeToken(audience) },
    };
  }

  beforeAll(async () => {
    await using azurite = await useServer('azurite-tls');
    const [key, cert] = await Promise.all(
      [azurite.config.keyFile, azurite.config.certificateFile].map((path) => readFile(path)),
    );
    authority = createServer({ key, cert }, (request, response) => {
      void text(request).then((body) => {
        const { status, value } = request.method === 'GET' ? describeAuthority() : giveToken(new URLSearchParams(body));
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      });
    });
    authority.listen(0, '127.0.0.1');
    await once(authority, 'listening');
    url = `https://127.0.0.1:${(authority.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    authority.closeAllConnections();
    authority.close();
    await once(authority, 'close');
    rmSync(work, { recursive: true });
  });
  beforeEach(() => {
    asked.length = 0;
    audience = 'https://storage.azure.com';
    writeFileSync(join(work, 'token'), 'federated-token-of-the-pod');
    process.env['AZURE_TENANT_ID'] = tenant;
    process.env['AZURE_CLIENT_ID'] = 'client-of-the-pod';
    process.env['AZURE_FEDERATED_TOKEN_FILE'] = join(work, 'token');
    process.env['AZURE_AUTHORITY_HOST'] = url;
    process.env['PATH'] = work; // nobody is logged in with Azure's own tools
  });

  const withoutKey = ({ AZBLOB_ACCOUNT_KEY: _, ...others }: Record<string, string>): Credentials => others;

  test('a workload identity gets a token with its federated one, once, and works with it', async () => {
    await using container = await makeContainer(useServer('azurite-tls'));
    await using store = await openStore(container.name, withoutKey({ ...container.credentials }));
    await store.put('a', Buffer.from('hay'), { signal });
    expect(Buffer.from(await store.get('a', { signal })).toString()).toBe('hay');
    expect(asked).toHaveLength(1);
    expect(asked[0]!.get('client_assertion')).toBe('federated-token-of-the-pod');
    expect(asked[0]!.get('scope')).toContain('https://storage.azure.com/.default');
  });

  test('an identity that gets no token is ACCESS_DENIED, with the reason and without the federated token', async () => {
    await using container = await makeContainer(useServer('azurite-tls'));
    audience = undefined;
    const error: unknown = await openStore(container.name, withoutKey({ ...container.credentials })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', message: expect.stringContaining('AADSTS70021') });
    expect((error as Error).message).not.toContain('federated-token-of-the-pod');
  });

  test('a token that the service does not accept is ACCESS_DENIED', async () => {
    await using container = await makeContainer(useServer('azurite-tls'));
    audience = 'https://vault.azure.net';
    await expect(openStore(container.name, withoutKey({ ...container.credentials }))).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('token of this identity'),
    });
  });

  test('a place for tokens that cannot be reached is STORE_UNAVAILABLE', async () => {
    await using container = await makeContainer(useServer('azurite-tls'));
    process.env['AZURE_AUTHORITY_HOST'] = 'https://127.0.0.1:9';
    await expect(openStore(container.name, withoutKey({ ...container.credentials }))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('https://127.0.0.1:9/'),
    });
  });

  test('and without an identity either, it is said that both are missing', async () => {
    await using container = await makeContainer(useServer('azurite-tls'));
    for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE']) delete process.env[name];
    await expect(openStore(container.name, withoutKey({ ...container.credentials }))).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      remedy: expect.stringContaining('AZBLOB_ACCOUNT_KEY'),
    });
  });
});
