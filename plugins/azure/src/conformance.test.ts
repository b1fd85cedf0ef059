import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { BackupStore } from '@hayloft/engine';
import { storeCases } from '@hayloft/engine/conformance';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { openAzureStore } from './open-azure-store.ts';
import { parseOptions } from './options.ts';
import { contextWith, makeContainer, openStore, signal, type TestContainer } from './testing/test-container.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(120_000);
const describeWithServers = (await hasServers('azurite', 'azurite-tls')) ? describe : describe.skip;

describeWithServers('a container of Azurite keeps every promise', () => {
  let container: TestContainer;
  beforeAll(async () => {
    container = await makeContainer(useServer('azurite'));
  });
  afterAll(async () => container[Symbol.asyncDispose]());

  for (const { name, run } of storeCases) {
    test(name, () => run(() => openStore(container.name, container.credentials), { signal }));
  }
});

describeWithServers('a prefix in a container, over TLS and with a SAS that allows no more, keeps every promise', () => {
  let container: TestContainer;
  beforeAll(async () => {
    container = await makeContainer(useServer('azurite-tls'));
  });
  afterAll(async () => container[Symbol.asyncDispose]());

  const open = (): Promise<BackupStore> => {
    const { AZBLOB_ACCOUNT_KEY: _, ...credentials } = container.credentials as Record<string, string>;
    return openStore(
      container.name,
      { ...credentials, AZBLOB_SAS_TOKEN: container.sas('rwdl') },
      'some/prefix & more/',
    );
  };
  for (const { name, run } of storeCases) test(name, () => run(open, { signal, listCount: 20 }));
});

describeWithServers('a listing in pages', () => {
  test('of 10 shows 25 blobs once each', async () => {
    await using container = await makeContainer(useServer('azurite'));
    const options = parseOptions({ container: container.name });
    await using store = await openAzureStore(options, contextWith(container.credentials), { pageSize: 10 });
    const keys = Array.from({ length: 25 }, (_, index) => `folder/blob-${index}`);
    for (const key of keys) await store.put(key, Buffer.from(key), { signal });
    const listed: string[] = [];
    for await (const { key } of store.list('folder/', { signal })) listed.push(key);
    expect(listed.sort()).toEqual(keys.sort());
  });
});
