import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { holdServers, makeContainer, openStore, signal, type Credentials } from './testing/test-container.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(120_000);
const servers = ['azurite', 'azurite-tls', 'http', 'proxy'] as const;
const available = await hasServers(...servers);
if (available) holdServers(servers.map((name) => () => useServer(name)));
const describeWithServers = available ? describe : describe.skip;

const otherKey = Buffer.alloc(64, 1).toString('base64');
const without = (credentials: Credentials, name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(credentials).filter(([key]) => key !== name));

describeWithServers('opening says at once', () => {
  test.each([
    ['a wrong key', { AZBLOB_ACCOUNT_KEY: otherKey }, 'ACCESS_DENIED', 'AZBLOB_ACCOUNT_KEY'],
    ['an unknown account', { AZBLOB_ACCOUNT_NAME: 'nobody' }, 'STORE_INVALID', 'AZBLOB_ACCOUNT_NAME'],
    ['a port where nothing listens', { AZBLOB_ENDPOINT: 'http://127.0.0.1:9' }, 'STORE_UNAVAILABLE', 'network'],
    ['an unknown host', { AZBLOB_ENDPOINT: 'http://nowhere.invalid' }, 'STORE_UNAVAILABLE', 'network'],
    ['a damaged bundle', { AZBLOB_CERT: '-----BEGIN CERTIFICATE-----' }, 'CONFIGURATION_INVALID', 'PEM'],
    ['a proxy that is no URL', { HTTP_PROXY: 'ftp://proxy' }, 'CONFIGURATION_INVALID', 'http://host:port'],
    ['a network that is none', { NO_PROXY: '10.0.0.0/99' }, 'CONFIGURATION_INVALID', '10.0.0.0/8'],
  ])('%s', async (_, changes, code, remedy) => {
    await using container = await makeContainer(useServer('azurite'));
    await expect(openStore(container.name, { ...container.credentials, ...changes })).rejects.toMatchObject({
      code,
      remedy: expect.stringContaining(remedy),
    });
  });

  test('a container that is not there, which is not made', async () => {
    await using container = await makeContainer(useServer('azurite'));
    const missing = `${container.name}-not`;
    for (let round = 0; round < 2; round++) {
      await expect(openStore(missing, container.credentials)).rejects.toMatchObject({
        code: 'STORE_INVALID',
        message: expect.stringContaining('no such container'),
      });
    }
  });

  test('a web server', async () => {
    await using container = await makeContainer(useServer('azurite'));
    await using web = await useServer('http');
    for (const path of ['', '/page']) {
      const credentials = { ...container.credentials, AZBLOB_ENDPOINT: `${web.config.origin}${path}` };
      await expect(openStore(container.name, credentials)).rejects.toMatchObject({ code: 'STORE_INVALID' });
    }
  });

  test('an authority that is not trusted, and a scheme that is not the server’s', async () => {
    await using container = await makeContainer(useServer('azurite-tls'));
    const credentials = without(container.credentials, 'AZBLOB_CERT');
    await expect(openStore(container.name, credentials)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      remedy: expect.stringContaining('AZBLOB_CERT'),
    });
    const plain = container.credentials['AZBLOB_ENDPOINT']!.replace('https:', 'http:');
    await expect(openStore(container.name, { ...credentials, AZBLOB_ENDPOINT: plain })).rejects.toMatchObject({
      code: expect.stringMatching(/^STORE_(INVALID|UNAVAILABLE)$/),
    });
  });
});

describeWithServers('a SAS', () => {
  test('that is for reading reads, and a write with it is ACCESS_DENIED', async () => {
    await using container = await makeContainer(useServer('azurite'));
    await using writer = await openStore(container.name, container.credentials);
    await writer.put('a', Buffer.from('hay'), { signal });
    const others = without(container.credentials, 'AZBLOB_ACCOUNT_KEY');
    await using reader = await openStore(container.name, { ...others, AZBLOB_SAS_TOKEN: container.sas('rl') });
    expect(Buffer.from(await reader.get('a', { signal })).toString()).toBe('hay');
    expect(reader.location).not.toContain('sig');
    for (const write of [reader.put('b', Buffer.from('hay'), { signal }), reader.delete('a', { signal })]) {
      await expect(write).rejects.toMatchObject({ code: 'ACCESS_DENIED', remedy: expect.stringContaining('Grant') });
    }
    expect((await writer.stat('a', { signal })).sizeBytes).toBe(3);
  });

  test('that allows no listing opens nothing', async () => {
    await using container = await makeContainer(useServer('azurite'));
    const others = without(container.credentials, 'AZBLOB_ACCOUNT_KEY');
    const credentials = { ...others, AZBLOB_SAS_TOKEN: container.sas('rwd') };
    await expect(openStore(container.name, credentials)).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  test('that has expired is told from one that is wrong', async () => {
    await using container = await makeContainer(useServer('azurite'));
    const others = without(container.credentials, 'AZBLOB_ACCOUNT_KEY');
    const expired = container.sas('rwdl', new Date('2025-01-02T03:00:00Z'));
    await expect(openStore(container.name, { ...others, AZBLOB_SAS_TOKEN: expired })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('expired on 2025-01-02T04:00:00.000Z'),
    });
    const wrong = container.sas('rwdl').replace(/sig=[^&]*/, 'sig=AAAA');
    await expect(openStore(container.name, { ...others, AZBLOB_SAS_TOKEN: wrong })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('does not accept the SAS'),
    });
  });
});

describeWithServers('a proxy', () => {
  const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy'];
  const before = new Map(proxyVariables.map((name) => [name, process.env[name]]));
  beforeEach(() => {
    for (const name of proxyVariables) process.env[name] = 'http://127.0.0.1:9';
  });
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  test.each(['azurite', 'azurite-tls'] as const)(
    'is the target’s own, for %s, and never one of the process',
    async (server) => {
      await using container = await makeContainer(useServer(server));
      await using proxy = await useServer('proxy');
      const seen = async (): Promise<number> =>
        (await readFile(proxy.config.logFile, 'utf8')).split(new URL(container.credentials['AZBLOB_ENDPOINT']!).host)
          .length;
      const direct = await seen();
      const name = server === 'azurite' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
      const credentials = { ...container.credentials, [name]: proxy.config.url };
      await using store = await openStore(container.name, credentials);
      await store.put('a', Buffer.from('hay'), { signal });
      const proxied = await seen();
      expect(proxied).toBeGreaterThan(direct);
      // At the same time another target goes its own way.
      await using exempt = await openStore(container.name, { ...credentials, NO_PROXY: '127.0.0.1' });
      expect(Buffer.from(await exempt.get('a', { signal })).toString()).toBe('hay');
      expect(await seen()).toBe(proxied);
    },
  );

  test.each(['azurite', 'azurite-tls'] as const)('that wants a password is ACCESS_DENIED, for %s', async (server) => {
    await using container = await makeContainer(useServer(server));
    await using proxy = await useServer('proxy');
    const { origin } = proxy.config;
    const credentials = { ...container.credentials, HTTP_PROXY: origin, HTTPS_PROXY: origin };
    await expect(openStore(container.name, credentials)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      remedy: expect.stringContaining('user'),
    });
  });
});

describeWithServers('a container', () => {
  test('is not changed by opening a store in it', async () => {
    await using container = await makeContainer(useServer('azurite'));
    await using _store = await openStore(container.name, container.credentials);
    const names = await container.run(async (client) => {
      const found: string[] = [];
      const blobs = client.listBlobsFlat({ includeUncommitedBlobs: true, includeDeleted: true });
      for await (const { name } of blobs) found.push(name);
      return found;
    });
    expect(names).toEqual([]);
  });

  test('holds two stores of different credentials in one process, each with its own', async () => {
    await using one = await makeContainer(useServer('azurite'));
    await using other = await makeContainer(useServer('azurite-tls'));
    await using first = await openStore(one.name, one.credentials);
    await using second = await openStore(other.name, other.credentials);
    await first.put('a', Buffer.from('one'), { signal });
    await second.put('a', Buffer.from('other'), { signal });
    expect(Buffer.from(await first.get('a', { signal })).toString()).toBe('one');
    expect(Buffer.from(await second.get('a', { signal })).toString()).toBe('other');
  });

  test('gives up a blob that has snapshots', async () => {
    await using container = await makeContainer(useServer('azurite'));
    await using store = await openStore(container.name, container.credentials);
    await store.put('a', Buffer.from('hay'), { signal });
    await container.run((client) => client.getBlobClient('a').createSnapshot());
    await store.delete('a', { signal });
    await expect(store.stat('a', { signal })).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  });

  test('that is removed under a store makes every call STORE_INVALID, and nothing absent', async () => {
    await using gone = await makeContainer(useServer('azurite'));
    await using store = await openStore(gone.name, gone.credentials);
    await store.put('a', Buffer.from('hay'), { signal });
    await gone.run((client) => client.delete());
    const list = store.list('', { signal })[Symbol.asyncIterator]().next();
    for (const call of [
      store.get('a', { signal }),
      store.stat('a', { signal }),
      store.put('a', Buffer.from('hay'), { signal }),
      store.delete('a', { signal }),
      list,
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'STORE_INVALID' });
    }
    await gone.run((client) => client.create());
  });
});
