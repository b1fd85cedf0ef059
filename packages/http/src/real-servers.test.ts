import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '@hayloft/engine';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { expect, jest, test } from '@jest/globals';
import { parseHttpAddress } from './address.ts';
import { openHttp, type HttpOptions } from './open-http.ts';

const signal = new AbortController().signal;
// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(60_000);
const testWithServers = (await hasServers('http', 'proxy')) ? test : test.skip;

/** The body behind a URL, or the error. */
async function get(url: string, options: HttpOptions): Promise<unknown> {
  await using client = openHttp(options);
  try {
    const answer = await client.get(parseHttpAddress(url), { signal });
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } catch (error) {
    return error;
  }
}

testWithServers('an authority of the user makes a server trusted, and without it the error says so', async () => {
  await using origin = await useServer('http');
  const { tlsOrigin, caFile, root } = origin.config;
  const name = randomUUID();
  await writeFile(join(root, name), 'hay');
  const cacert = await readFile(caFile, 'utf8');
  const rubbish = 'comments between certificates are ignored\n';
  expect(await get(`${tlsOrigin}/${name}`, { cacert: `${rubbish}${cacert}${rubbish}${cacert}` })).toBe('hay');
  expect(await get(`${tlsOrigin}/${name}`, {})).toMatchObject({
    code: 'CONFIGURATION_INVALID',
    remedy: expect.stringContaining('cacert'),
  });
});

testWithServers('user and password open what is closed without them', async () => {
  await using origin = await useServer('http');
  const { root, user, password } = origin.config;
  const name = randomUUID();
  await writeFile(join(root, name), 'hay');
  const url = `${origin.config.origin}/private/${name}`;
  expect(await get(url, { basic: { user, password: new Secret(password) } })).toBe('hay');
  expect(await get(url, { basic: { user, password: new Secret('wrong') } })).toMatchObject({ code: 'ACCESS_DENIED' });
});

testWithServers('no Authorization arrives behind a redirect to another host name', async () => {
  await using origin = await useServer('http');
  const bearer = new Secret('token');
  expect(await get(`${origin.config.origin}/echo`, { bearer })).toBe('Bearer token');
  expect(await get(`${origin.config.origin}/elsewhere/echo`, { bearer })).toBe('');
});

testWithServers('a request with credentials does not follow from https to http', async () => {
  await using origin = await useServer('http');
  const cacert = await readFile(origin.config.caFile, 'utf8');
  const url = `${origin.config.tlsOrigin}/plain/echo`;
  expect(await get(url, { cacert })).toBe('');
  expect(await get(url, { cacert, bearer: new Secret('token') })).toMatchObject({ code: 'SOURCE_INVALID' });
});

testWithServers(
  'requests go through the proxy, http as requests and https as tunnels, but for the hosts exempt',
  async () => {
    await using origin = await useServer('http');
    await using proxy = await useServer('proxy');
    const name = randomUUID();
    await writeFile(join(origin.config.root, name), 'hay');
    const cacert = await readFile(origin.config.caFile, 'utf8');
    const options = { proxy: new Secret(proxy.config.url), cacert };
    const { tlsOrigin } = origin.config;
    const tunnel = `CONNECT ${new URL(tlsOrigin).host}`;
    const seen = async (): Promise<{ plain: number; tunnels: number }> => {
      const log = await readFile(proxy.config.logFile, 'utf8');
      return { plain: log.split(name).length - 1, tunnels: log.split(tunnel).length - 1 };
    };

    const before = await seen();
    expect(await get(`${origin.config.origin}/${name}`, options)).toBe('hay');
    expect(await get(`${tlsOrigin}/${name}`, options)).toBe('hay');
    const after = await seen();
    expect(after.plain).toBeGreaterThan(before.plain);
    expect(after.tunnels).toBeGreaterThan(before.tunnels);

    expect(await get(`${tlsOrigin}/${name}`, { ...options, noProxy: '127.0.0.0/8' })).toBe('hay');
    expect(await seen()).toEqual(after);
  },
);

testWithServers('a proxy that wants a password is ACCESS_DENIED, for http and for https', async () => {
  await using origin = await useServer('http');
  await using proxy = await useServer('proxy');
  for (const url of [origin.config.origin, origin.config.tlsOrigin]) {
    for (const bad of [proxy.config.origin, proxy.config.url.replace(/:[^:@]*@/, ':wrong@')]) {
      expect(await get(url, { proxy: new Secret(bad) })).toMatchObject({ code: 'ACCESS_DENIED' });
    }
  }
});
