import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Act, Aim, Fault } from '../fault.ts';
import { s3Dialect } from './s3-dialect.ts';
import { startHttpProxy } from './start-http-proxy.ts';
import type { FaultyProxy } from '../faulty-proxy.ts';

// A server that remembers what it was told, behind the proxy.
const entry = (name: string): string => `<Contents><Key>${name}</Key></Contents>`;
let listing = ['a', 'b', 'c', 'd'];
const received: string[] = [];
const server = createServer((request, response) => {
  void (async () => {
    const body = await buffer(request).catch(() => Buffer.from('broken'));
    received.push(
      `${request.method} ${request.url} ${body.toString()} ${request.headers.host === undefined ? '' : 'host'}`,
    );
    response.setHeader('x-kept', 'yes');
    response.end(request.url!.includes('list-type') ? `<L>${listing.map(entry).join('')}</L>` : 'hay and straw');
  })();
});
let proxy: FaultyProxy;
let url: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy = await startHttpProxy({ upstream, dialect: s3Dialect });
  url = `http://127.0.0.1:${proxy.port}`;
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  server.close();
  server.closeAllConnections();
});

/** Sends one request that is struck, and one that is not, to be sure that the fault is over. */
async function strike(
  act: Act,
  init: RequestInit = {},
  path = '/bucket/key',
  aim: Aim = {},
): Promise<Response | 'broken'> {
  received.length = 0;
  const fault: Fault = { group: 'test', name: 'test', aim, act, expected: 'right' };
  proxy.arm(fault);
  const answer = await fetch(`${url}${path}`, init)
    .then(async (whole) => new Response(await whole.arrayBuffer(), whole))
    .catch(() => 'broken' as const);
  proxy.arm(undefined);
  expect(await (await fetch(`${url}/bucket/key`)).text()).toBe('hay and straw');
  received.pop();
  return answer;
}
const textOf = async (answer: Response | 'broken'): Promise<string> => (answer === 'broken' ? answer : answer.text());
const put = { method: 'PUT', body: '0123456789' };

test('without a fault, requests and answers pass as they are', async () => {
  received.length = 0;
  const answer = await fetch(`${url}/bucket/key?x=1%202`, put);
  expect([answer.status, answer.headers.get('x-kept'), await answer.text()]).toEqual([200, 'yes', 'hay and straw']);
  expect(received).toEqual(['PUT /bucket/key?x=1%202 0123456789 host']);
});

test.each<[Act['kind'], string, string[]]>([
  ['refuse', 'broken', []],
  ['swallow', 'broken', ['0123456789']],
  ['cut', 'broken', ['0123456789']],
  ['cut-upload', 'broken', ['broken']],
  ['shorten', 'hay and', ['0123456789']],
  ['garble', 'hay ant straw', ['0123456789']],
  ['shorten-upload', 'hay and straw', ['01234']],
  ['garble-upload', 'hay and straw', ['01234%6789']],
  ['repeat-request', 'hay and straw', ['0123456789', '0123456789']],
  ['repeat-answer', 'hay and straw', ['0123456789']],
  ['error-in-200', 'InternalError', []],
])('%s', async (kind, answer, bodies) => {
  expect(await textOf(await strike({ kind } as Act, put))).toContain(answer);
  expect(received).toEqual(bodies.map((body) => expect.stringContaining(` ${body} `)));
});

test('an answer that is made up comes with or without the effect', async () => {
  const answer = { status: 503, headers: { 'retry-after': '1' }, body: 'no' };
  for (const effect of [true, undefined] as const) {
    const refused = await strike({ kind: 'answer', answer, ...(effect === undefined ? {} : { effect }) }, put);
    expect(refused).toMatchObject({ status: 503 });
    expect(received).toHaveLength(effect === true ? 1 : 0);
  }
});

test('a repeated answer is twice on the wire', async () => {
  proxy.arm({ group: '', name: '', aim: {}, act: { kind: 'repeat-answer' }, expected: 'right' });
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write('GET /bucket/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect((await text(socket)).match(/hay and straw/g)).toHaveLength(2);
  proxy.arm(undefined);
});

test('a stalled request gets no answer', async () => {
  proxy.arm({ group: '', name: '', aim: {}, act: { kind: 'stall' }, expected: 'right' });
  const user = new AbortController();
  const answer = fetch(`${url}/bucket/key`, { signal: user.signal });
  expect(await Promise.race([answer, fetch(`${url}/bucket/other`).then(() => 'the next one is answered')])).toBe(
    'the next one is answered',
  );
  user.abort('enough');
  await expect(answer).rejects.toBe('enough');
});

test('a listing is halved, or shown as it was', async () => {
  const path = '/bucket?list-type=2&prefix=x';
  const keys = async (act: Act): Promise<string> =>
    (await textOf(await strike(act, {}, path))).replaceAll(/<\/?(?:L|Contents|Key)>/g, '');
  await fetch(`${url}${path}`);
  proxy.rememberListings();
  listing = ['b', 'c', 'd', 'e'];
  expect(await keys({ kind: 'half-listing' })).toBe('ce');
  expect(await keys({ kind: 'stale-listing' })).toBe('abcd');
  expect(await textOf(await strike({ kind: 'stale-listing' }, {}, '/bucket?list-type=2&prefix=new'))).toContain('e');
});
