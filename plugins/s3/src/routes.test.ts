import { expect, test } from '@jest/globals';
import { startScriptedOrigin } from '@hayloft/http/testing';
import { anyKeys, emptyListing, open, signal, takingPuts } from './testing.ts';

const options = { bucket: 'bucket', region: 'eu-north-1', prefix: 'a/' };

/** Plays a forward proxy: what it is asked for shows name and path without any name being looked up. */
const seenThroughProxy = async (keys: Record<string, string>, more: object = {}): Promise<string> => {
  await using proxy = await startScriptedOrigin((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/xml' }).end(emptyListing),
  );
  await using _store = await open({ ...options, ...more }, { ...keys, HTTP_PROXY: proxy.url });
  return proxy.requests[0]!.url!.split('?')[0]!;
};

test.each([
  ['with an endpoint of one’s own the bucket is in the path', undefined, 'http://s3.example:9000/bucket/'],
  ['VIRTUAL_HOSTED_STYLE: true puts it into the name', 'true', 'http://bucket.s3.example:9000/'],
  ['VIRTUAL_HOSTED_STYLE: false leaves it in the path', 'false', 'http://s3.example:9000/bucket/'],
  ['any other value decides nothing, as in Longhorn', 'True', 'http://s3.example:9000/bucket/'],
])('%s', async (_, style, expected) => {
  const keys = {
    ...anyKeys('http://s3.example:9000'),
    ...(style === undefined ? {} : { VIRTUAL_HOSTED_STYLE: style }),
  };
  expect(await seenThroughProxy(keys)).toBe(expected);
});

test('an endpoint may have a path', async () => {
  expect(await seenThroughProxy(anyKeys('http://s3.example/gate/'))).toBe('http://s3.example/gate/bucket/');
});

test('a proxy without a scheme is one that speaks http', async () => {
  await using proxy = await startScriptedOrigin((_request, response) => response.writeHead(200).end(emptyListing));
  const HTTP_PROXY = new URL(proxy.url).host;
  await using _store = await open(options, { ...anyKeys('http://s3.example'), HTTP_PROXY });
  expect(proxy.requests).toHaveLength(1);
});

test('NO_PROXY names hosts that are reached directly', async () => {
  await using origin = await startScriptedOrigin((_request, response) => response.writeHead(200).end(emptyListing));
  const keys = { ...anyKeys(origin.url), HTTP_PROXY: 'http://proxy.invalid:1', NO_PROXY: '127.0.0.0/8' };
  await using _store = await open(options, keys);
  expect(origin.requests).toHaveLength(1);
});

test('neither proxies nor endpoints nor keys of the process are used, and two targets keep theirs', async () => {
  const names = [
    'HTTP_PROXY',
    'http_proxy',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_S3',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
  ];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names)
    process.env[name] = name.includes('KEY') || name.includes('TOKEN') ? 'OF-THE-PROCESS' : 'http://127.0.0.1:1';
  try {
    await using first = await startScriptedOrigin(takingPuts());
    await using second = await startScriptedOrigin(takingPuts());
    const keys = { ...anyKeys(second.url), AWS_ACCESS_KEY_ID: 'AKIDSECOND', AWS_SESSION_TOKEN: 'token-of-second' };
    await using one = await open(options, anyKeys(first.url));
    await using two = await open(options, keys);
    await Promise.all([one, two].map((store) => store.put('b', new Uint8Array(1), { signal })));
    for (const { headers } of first.requests) {
      expect(headers.authorization).toContain('Credential=AKIDEXAMPLE/');
      expect(headers['x-amz-security-token']).toBeUndefined();
    }
    for (const { headers } of second.requests) {
      expect(headers.authorization).toContain('Credential=AKIDSECOND/');
      expect(headers['x-amz-security-token']).toBe('token-of-second');
    }
    expect([first.requests.length, second.requests.length]).toEqual([2, 2]);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test('without an endpoint AWS is meant, whatever endpoint the process has', async () => {
  await using origin = await startScriptedOrigin((_request, response) => response.writeHead(200).end(emptyListing));
  const before = process.env['AWS_ENDPOINT_URL_S3'];
  process.env['AWS_ENDPOINT_URL_S3'] = origin.url;
  try {
    // A proxy that is not there: nothing of this leaves the machine.
    const ways = { HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1' };
    const keys = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', ...ways };
    await expect(open(options, keys)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(origin.requests).toHaveLength(0);
  } finally {
    if (before === undefined) delete process.env['AWS_ENDPOINT_URL_S3'];
    else process.env['AWS_ENDPOINT_URL_S3'] = before;
  }
});
