import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, jest, test } from '@jest/globals';
import { silentLogger } from '@hayloft/engine';
import { startScriptedOrigin, type Script } from '@hayloft/http/testing';
import { emptyListing, open } from './testing.ts';

// What the SDK waits for a machine's metadata service that is not there.
jest.setTimeout(30_000);

const options = { bucket: 'bucket', region: 'eu-north-1' };
const role = 'arn:aws:iam::123456789012:role/hay';
const work = mkdtempSync(join(tmpdir(), 'hayloft-s3-roles-'));
const before = { ...process.env };

/** The process of a machine with no AWS in its environment, as a test found it. */
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, { AWS_CONFIG_FILE: join(work, 'none'), AWS_SHARED_CREDENTIALS_FILE: join(work, 'none') });
});
afterAll(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, before);
  rmSync(work, { recursive: true });
});

const listing: Script = (_request, response) =>
  response.writeHead(200, { 'content-type': 'application/xml' }).end(emptyListing);

const temporary = (action: string, id: string): string =>
  `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>` +
  `<AccessKeyId>${id}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token-of-${id}</SessionToken>` +
  `<Expiration>2090-01-01T00:00:00Z</Expiration></Credentials></${action}Result></${action}Response>`;

/** A token service that grants every role, and remembers what it was asked for. */
async function startSts(bodies: URLSearchParams[], status = 200) {
  return await startScriptedOrigin((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const form = new URLSearchParams(body);
      bodies.push(form);
      const denied =
        '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>may not</Message></Error></ErrorResponse>';
      response.writeHead(status, { 'content-type': 'text/xml' });
      response.end(status === 200 ? temporary(form.get('Action')!, 'ASIAROLE') : denied);
    });
  });
}

test('AWS_IAM_ROLE_ARN is taken on with the keys, by the token service named, and its token is sent', async () => {
  const bodies: URLSearchParams[] = [];
  await using sts = await startSts(bodies);
  await using origin = await startScriptedOrigin(listing);
  await using _store = await open(options, {
    AWS_ENDPOINTS: origin.url,
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_IAM_ROLE_ARN: role,
    AWS_ACCESS_KEY_ID: 'AKIDBASE',
    AWS_SECRET_ACCESS_KEY: 'base',
  });
  expect(Object.fromEntries(bodies[0]!)).toMatchObject({ Action: 'AssumeRole', RoleArn: role });
  expect(sts.requests[0]!.headers.authorization).toContain('Credential=AKIDBASE/');
  expect(origin.requests[0]!.headers.authorization).toContain('Credential=ASIAROLE/');
  expect(origin.requests[0]!.headers['x-amz-security-token']).toBe('token-of-ASIAROLE');
});

test('a role that these keys may not take on is ACCESS_DENIED; the keys alone are not used', async () => {
  await using sts = await startSts([], 403);
  await using origin = await startScriptedOrigin(listing);
  const opened = open(options, {
    AWS_ENDPOINTS: origin.url,
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_IAM_ROLE_ARN: role,
    AWS_ACCESS_KEY_ID: 'AKIDBASE',
    AWS_SECRET_ACCESS_KEY: 'base-secret',
  });
  await expect(opened).rejects.toMatchObject({ code: 'ACCESS_DENIED', message: expect.stringContaining('may not') });
  expect(origin.requests).toHaveLength(0);
});

test('without keys a Pod’s web identity is used (IRSA)', async () => {
  const bodies: URLSearchParams[] = [];
  await using sts = await startSts(bodies);
  await using origin = await startScriptedOrigin(listing);
  const tokenFile = join(work, 'token');
  writeFileSync(tokenFile, 'web-identity');
  Object.assign(process.env, { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ROLE_ARN: role });
  await using _store = await open(options, { AWS_ENDPOINTS: origin.url, AWS_ENDPOINT_URL_STS: sts.url });
  expect(Object.fromEntries(bodies[0]!)).toMatchObject({
    Action: 'AssumeRoleWithWebIdentity',
    RoleArn: role,
    WebIdentityToken: 'web-identity',
  });
  expect(origin.requests[0]!.headers.authorization).toContain('Credential=ASIAROLE/');
});

/** Gives a Pod its role, as EKS and ECS do. */
async function startContainerService() {
  const origin = await startScriptedOrigin((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        AccessKeyId: 'ASIAPOD',
        SecretAccessKey: 'secret',
        Token: 'token-of-pod',
        Expiration: '2090-01-01T00:00:00Z',
      }),
    ),
  );
  process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${origin.url}/v1/credentials`;
  return origin;
}

test('without keys a container’s role is used, and never the keys of the process’s environment', async () => {
  await using _service = await startContainerService();
  await using origin = await startScriptedOrigin(listing);
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDOTHERTARGET', AWS_SECRET_ACCESS_KEY: 'other' });
  await using _store = await open(options, { AWS_ENDPOINTS: origin.url });
  expect(origin.requests[0]!.headers.authorization).toContain('Credential=ASIAPOD/');
});

test('a role that the Pod has already and may not take on again is the one it has, and that is said', async () => {
  await using _service = await startContainerService();
  await using sts = await startSts([], 403);
  await using origin = await startScriptedOrigin(listing);
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  const keys = { AWS_ENDPOINTS: origin.url, AWS_ENDPOINT_URL_STS: sts.url, AWS_IAM_ROLE_ARN: role };
  await using _store = await open(options, keys, { logger });
  expect(origin.requests[0]!.headers.authorization).toContain('Credential=ASIAPOD/');
  expect(warnings).toEqual([expect.stringContaining(role)]);
});

test('a profile of the shared files is used where it is named', async () => {
  const file = join(work, 'credentials');
  writeFileSync(file, '[hay]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = straw\n');
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = file;
  await using origin = await startScriptedOrigin(listing);
  await using _store = await open(options, { AWS_ENDPOINTS: origin.url, AWS_PROFILE: 'hay' });
  expect(origin.requests[0]!.headers.authorization).toContain('Credential=AKIDPROFILE/');
});

test('no credentials anywhere is ACCESS_DENIED, with what to give', async () => {
  await expect(open(options, { AWS_ENDPOINTS: 'http://127.0.0.1:1' })).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    remedy: expect.stringContaining('AWS_ACCESS_KEY_ID'),
  });
});

test('an abort ends the wait for credentials with its reason', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await using sts = await startScriptedOrigin(() => resolve());
  const controller = new AbortController();
  const keys = { AWS_ENDPOINTS: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_STS: sts.url, AWS_IAM_ROLE_ARN: role };
  const opened = open(
    options,
    { ...keys, AWS_ACCESS_KEY_ID: 'AKIDBASE', AWS_SECRET_ACCESS_KEY: 'base' },
    { signal: controller.signal },
  );
  await asked;
  controller.abort('enough');
  await expect(opened).rejects.toBe('enough');
});
