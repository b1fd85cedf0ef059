import { Secret } from '@hayloft/engine';
import { expect, test } from '@jest/globals';
import { parseHttpAddress } from './address.ts';
import { sourceCodes } from './codes.ts';
import { openHttp, type HttpOptions } from './open-http.ts';
import { followRedirect } from './redirect.ts';
import { startScriptedOrigin } from './testing/scripted-origin.ts';

const signal = new AbortController().signal;
const credentials: HttpOptions = {
  basic: { user: 'ada', password: new Secret('pw') },
  headers: [
    { name: 'Cookie', value: new Secret('session=1') },
    { name: 'X-Api-Key', value: new Secret('key') },
  ],
};

test('credentials are sent to their own origin only, and not again after a way back', async () => {
  await using far = await startScriptedOrigin((_, response) => {
    response.writeHead(302, { location: `${near.url}/back` }).end();
  });
  await using near = await startScriptedOrigin((request, response) => {
    if (request.url === '/start') response.writeHead(301, { location: '/same-origin' }).end();
    else if (request.url === '/same-origin') response.writeHead(307, { location: `${far.url}/far?sig=1` }).end();
    else response.end('the file');
  });
  await using client = openHttp(credentials);
  const answer = await client.get(parseHttpAddress(`${near.url}/start`), { range: { offset: 5, length: 3 }, signal });
  await answer.discard();

  const seen = [...near.requests, ...far.requests].map(({ url, headers }) => ({
    url,
    secrets: ['authorization', 'cookie', 'x-api-key'].filter((name) => name in headers).length,
    range: headers.range,
    referer: headers.referer,
  }));
  const range = 'bytes=5-7';
  expect(seen).toEqual([
    { url: '/start', secrets: 3, range, referer: undefined },
    { url: '/same-origin', secrets: 3, range, referer: undefined },
    { url: '/back', secrets: 0, range, referer: undefined },
    { url: '/far?sig=1', secrets: 0, range, referer: undefined },
  ]);
  expect(answer.address).toMatchObject({ url: new URL(`${near.url}/back`), trusted: false });
});

test('redirects that go round end after ten', async () => {
  await using origin = await startScriptedOrigin((_, response) => response.writeHead(302, { location: '/' }).end());
  await using client = openHttp({});
  await expect(client.get(parseHttpAddress(origin.url), { signal })).rejects.toMatchObject({
    code: 'SOURCE_INVALID',
    message: expect.stringContaining('more than 10 times'),
  });
  expect(origin.requests).toHaveLength(11);
});

test('only reading follows a redirect', async () => {
  await using origin = await startScriptedOrigin((_, response) => response.writeHead(307, { location: '/x' }).end());
  await using client = openHttp({});
  const sent = client.send(parseHttpAddress(origin.url), { method: 'PUT', body: 'bytes', signal });
  await expect(sent).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  expect(origin.requests).toHaveLength(1);
});

const from = parseHttpAddress('https://host/dir/file?x=1');

test.each([
  ['other', 'https://host/dir/other', true],
  ['/other?y#z', 'https://host/other?y', true],
  ['https://host:444/', 'https://host:444/', false],
  ['https://HOST:443/', 'https://host/', true],
  ['https://host.evil/', 'https://host.evil/', false],
  ['//user:pw@cdn/', 'https://cdn/', false],
  ['http://host/', 'http://host/', false],
])('from https://host/dir/file a redirect to %s leads to %s, trusted: %s', (location, url, trusted) => {
  const to = followRedirect(from, location, false, sourceCodes);
  expect({ url: to.url.href, trusted: to.trusted }).toEqual({ url, trusted });
});

test('what left the trusted origin once stays untrusted, on its own host too', () => {
  expect(followRedirect({ ...from, trusted: false }, 'other', false, sourceCodes).trusted).toBe(false);
});

test.each([
  [undefined, false],
  ['file:///etc/passwd', false],
  ['http://[', false],
  ['http://host/', true],
])('a redirect to %s (with credentials: %s) is refused', (location, hasCredentials) => {
  expect(() => followRedirect(from, location, hasCredentials, sourceCodes)).toThrow(
    expect.objectContaining({ code: 'SOURCE_INVALID' }),
  );
});
