import { inspect } from 'node:util';
import { Secret } from '@hayloft/engine';
import { expect, test } from '@jest/globals';
import { parseHttpAddress } from './address.ts';
import { storeCodes } from './codes.ts';
import type { HttpAnswer } from './http-answer.ts';
import { openHttp, type HttpOptions } from './open-http.ts';
import { startScriptedOrigin, type Script } from './testing/scripted-origin.ts';
import { refusalOf } from './translate-status.ts';

const signal = new AbortController().signal;

async function read(answer: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What a `GET` of `path` at an origin with this script ends in. */
async function outcome(script: Script, options: HttpOptions = {}, path = '/file'): Promise<unknown> {
  await using origin = await startScriptedOrigin(script);
  await using client = openHttp(options);
  return await client
    .get(parseHttpAddress(`${origin.url}${path}`), { signal })
    .then(read)
    .catch((error: unknown) => error);
}

test.each([
  [400, 'SOURCE_INVALID'],
  [401, 'ACCESS_DENIED'],
  [403, 'ACCESS_DENIED'],
  [404, 'SOURCE_NOT_FOUND'],
  [407, 'ACCESS_DENIED'],
  [408, 'SOURCE_UNAVAILABLE'],
  [410, 'SOURCE_NOT_FOUND'],
  [416, 'RANGE_INVALID'],
  [429, 'SOURCE_UNAVAILABLE'],
  [500, 'SOURCE_UNAVAILABLE'],
  [503, 'SOURCE_UNAVAILABLE'],
  [507, 'NO_SPACE'],
  [599, 'SOURCE_UNAVAILABLE'],
  [304, 'SOURCE_INVALID'],
])('status %d is %s', async (status, code) => {
  expect(await outcome((_, response) => response.writeHead(status).end())).toMatchObject({ code });
});

test('a store calls the same failures its own', async () => {
  const missing = await outcome((_, response) => response.writeHead(404).end(), { codes: storeCodes });
  expect(missing).toMatchObject({ code: 'BLOB_NOT_FOUND' });
});

test('a refusal carries how long to stay away', async () => {
  const error = await outcome((_, response) => response.writeHead(429, { 'retry-after': '7' }).end());
  expect(refusalOf(error)).toMatchObject({ status: 429, retryAfterMs: 7_000 });
  expect(String(error)).toContain('come back in 7 s');
});

test('a silence before the headers is SOURCE_UNAVAILABLE', async () => {
  expect(await outcome(() => {}, { answerTimeoutMs: 50 })).toMatchObject({
    code: 'SOURCE_UNAVAILABLE',
    message: expect.stringContaining('not answered in 0.05 s'),
  });
});

test('a silence within the body is SOURCE_UNAVAILABLE', async () => {
  const silent: Script = (_, response) => void response.writeHead(200, { 'content-length': 10 }).write('half');
  expect(await outcome(silent, { idleTimeoutMs: 50 })).toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
});

test('a connection that breaks within the body is SOURCE_UNAVAILABLE, with and without a length', async () => {
  const cut = (headers: Record<string, string>): Script => {
    return (_, response) => void response.writeHead(200, headers).write('half', () => response.destroy());
  };
  expect(await outcome(cut({ 'content-length': '10' }))).toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  expect(await outcome(cut({}))).toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
});

test('nothing listening is SOURCE_UNAVAILABLE', async () => {
  const origin = await startScriptedOrigin(() => {});
  await origin[Symbol.asyncDispose]();
  await using client = openHttp({});
  await expect(client.get(parseHttpAddress(origin.url), { signal })).rejects.toMatchObject({
    code: 'SOURCE_UNAVAILABLE',
    message: expect.stringContaining('nothing listens there'),
  });
});

test('http spoken to an https client is SOURCE_INVALID', async () => {
  await using origin = await startScriptedOrigin(() => {});
  await using client = openHttp({});
  const address = parseHttpAddress(origin.url.replace('http:', 'https:'));
  await expect(client.get(address, { signal })).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
});

test('an aborted request rejects with the reason, before the answer and within the body', async () => {
  const reason = new Error('stopped by the user');
  const stop = new AbortController();
  await using origin = await startScriptedOrigin((request, response) => {
    if (request.url === '/silent') stop.abort(reason);
    else response.writeHead(200).write('half');
  });
  await using client = openHttp({});
  const answer = await client.get(parseHttpAddress(`${origin.url}/half`), { signal: stop.signal });
  const reading = read(answer).catch((error: unknown) => error);
  await expect(client.get(parseHttpAddress(`${origin.url}/silent`), { signal: stop.signal })).rejects.toBe(reason);
  expect(await reading).toBe(reason);
});

test('plain bytes are asked for, and what arrives is not decoded', async () => {
  const asked: (string | undefined)[] = [];
  const body = await outcome((request, response) => {
    asked.push(request.headers['accept-encoding']);
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip at all');
  });
  expect(asked).toEqual(['identity']);
  expect(body).toBe('not gzip at all');
});

test('no message shows a query, a header, a user or a password', async () => {
  const secret = 's3cret';
  const options: HttpOptions = {
    bearer: new Secret(secret),
    headers: [{ name: 'x-key', value: new Secret(secret) }],
  };
  const refuse: Script = (_, response) => response.writeHead(403, { 'x-seen': secret }).end(secret);
  const errors = [
    await outcome(refuse, options, `/file?signature=${secret}`),
    await outcome((_, response) => response.destroy(), options, `/file?signature=${secret}`),
    thrown(() => parseHttpAddress(`https://user:${secret}@host/`)),
    thrown(() => parseHttpAddress(`ftp://host/${secret}`)),
    thrown(() => openHttp({ proxy: new Secret(`socks5://user:${secret}@host`) })),
    thrown(() => openHttp({ proxy: new Secret(`http://user:%${secret}@host`) })),
    thrown(() => openHttp({ headers: [{ name: 'x-key', value: new Secret(`${secret}\r\nhost: x`) }] })),
  ];
  for (const error of errors) {
    expect(error).toMatchObject({ code: expect.any(String), remedy: expect.any(String) });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
  }
});

function thrown(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

test.each([
  ['a proxy that is no URL', { proxy: new Secret('http://:8001') }, 'CONFIGURATION_INVALID'],
  ['an empty bundle', { cacert: '' }, 'CONFIGURATION_INVALID'],
  [
    'a damaged bundle',
    { cacert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
    'CONFIGURATION_INVALID',
  ],
  ['a bundle that breaks off', { cacert: '-----BEGIN CERTIFICATE-----\nAAAA' }, 'CONFIGURATION_INVALID'],
  ['a range of the user', { headers: [{ name: 'Range', value: new Secret('bytes=0-1') }] }, 'USAGE_INVALID'],
  [
    'two ways to authenticate',
    { bearer: new Secret('x'), headers: [{ name: 'authorization', value: new Secret('y') }] },
    'USAGE_INVALID',
  ],
])('%s is refused', (_, options: HttpOptions, code) => {
  expect(thrown(() => openHttp(options))).toMatchObject({ code });
});

test('draining hands on every chunk, and what the taker throws ends it', async () => {
  await using origin = await startScriptedOrigin((request, response) => {
    response.write('one ');
    if (request.url === '/cut') response.write('two', () => response.destroy());
    else response.end('two');
  });
  await using client = openHttp({});
  const drain = async (path: string, take: (text: string) => void): Promise<void> => {
    const answer = await client.get(parseHttpAddress(`${origin.url}${path}`), { signal });
    await answer.drain((chunk) => take(Buffer.from(chunk).toString()));
  };
  let taken = '';
  await drain('/', (text) => (taken += text));
  expect(taken).toBe('one two');
  await expect(drain('/cut', () => {})).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  const bug = new TypeError('a bug of the taker');
  const throwing = drain('/', () => {
    throw bug;
  });
  await expect(throwing).rejects.toBe(bug);
});
