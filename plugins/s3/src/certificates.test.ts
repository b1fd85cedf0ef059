import { readFile } from 'node:fs/promises';
import { expect, jest, test } from '@jest/globals';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { anyKeys, keysOf, makeBucket, open, signal } from './testing.ts';

jest.setTimeout(60_000);

const testWithServers = (await hasServers('versitygw', 'proxy', 'http')) ? test : test.skip;
const otherAuthority = async (): Promise<string> => {
  await using http = await useServer('http');
  return await readFile(http.config.caFile, 'utf8');
};

testWithServers(
  'AWS_CERT may be an authority, a bundle with others around it, or the server’s own certificate',
  async () => {
    await using server = await useServer('versitygw');
    const { tlsEndpoint, caFile, certificateFile } = server.config;
    const bucket = await makeBucket(server.config);
    const keys = keysOf({ ...server.config, endpoint: tlsEndpoint });
    const authority = await readFile(caFile, 'utf8');
    const own = await readFile(certificateFile, 'utf8');
    const other = await otherAuthority();
    for (const AWS_CERT of [authority, `# ours\n${other}\n# and theirs\n${authority}`, own]) {
      await using store = await open({ bucket, region: 'us-east-1' }, { ...keys, AWS_CERT });
      await store.put('b', new Uint8Array(2_000_000).fill(5), { signal });
      expect((await store.get('b', { signal })).length).toBe(2_000_000);
    }
  },
);

testWithServers('a certificate that is not trusted is said with the key that helps', async () => {
  await using server = await useServer('versitygw');
  const keys = keysOf({ ...server.config, endpoint: server.config.tlsEndpoint });
  for (const more of [{}, { AWS_CERT: await otherAuthority() }]) {
    await expect(open({ bucket: 'bucket', region: 'us-east-1' }, { ...keys, ...more })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('certificate is not trusted'),
      remedy: expect.stringContaining('AWS_CERT'),
    });
  }
});

testWithServers('an https endpoint that speaks http, and the other way round, is said', async () => {
  await using server = await useServer('versitygw');
  const { endpoint, tlsEndpoint } = server.config;
  for (const wrong of [endpoint.replace('http:', 'https:'), tlsEndpoint.replace('https:', 'http:')]) {
    const error = await open({ bucket: 'bucket', region: 'us-east-1' }, anyKeys(wrong)).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: expect.stringMatching(/STORE_INVALID|STORE_UNAVAILABLE/) });
  }
});

test.each([
  ['base64 of PEM', Buffer.from('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----').toString('base64')],
  ['a certificate without an end', '-----BEGIN CERTIFICATE-----\nAA=='],
  ['a damaged certificate', '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----'],
])('AWS_CERT that is %s is refused by name', async (_, AWS_CERT) => {
  const keys = { ...anyKeys('https://127.0.0.1:1'), AWS_CERT };
  await expect(open({ bucket: 'bucket', region: 'us-east-1' }, keys)).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
    message: expect.stringContaining('AWS_CERT'),
  });
});

testWithServers(
  'https goes through a proxy with a password as a tunnel; without the password it is ACCESS_DENIED',
  async () => {
    await using server = await useServer('versitygw');
    await using proxy = await useServer('proxy');
    const bucket = await makeBucket(server.config);
    const AWS_CERT = await readFile(server.config.caFile, 'utf8');
    const keys = { ...keysOf({ ...server.config, endpoint: server.config.tlsEndpoint }), AWS_CERT };
    await using store = await open({ bucket, region: 'us-east-1' }, { ...keys, HTTPS_PROXY: proxy.config.url });
    await store.put('b', new Uint8Array(1), { signal });
    const tunnel = `CONNECT ${new URL(server.config.tlsEndpoint).host}`;
    expect(await readFile(proxy.config.logFile, 'utf8')).toContain(tunnel);
    const HTTPS_PROXY = proxy.config.origin;
    const error = await open({ bucket, region: 'us-east-1' }, { ...keys, HTTPS_PROXY }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ACCESS_DENIED' });
  },
);
