import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { BackupStore } from '@hayloft/engine';
import { storeCases } from '@hayloft/engine/conformance';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { openAzureStore } from './open-azure-store.ts';
import { parseOptions } from './options.ts';
import { refuse, startScriptedService } from './testing/scripted-service.ts';
import { contextWith, makeContainer, openStore, signal, type TestContainer } from './testing/test-container.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(120_000);
const describeWithServers = (await hasServers('azurite', 'azurite-tls')) ? describe : describe.skip;

/** Azurite has no quotas, and a container is no directory. */
const notTried = ['full store', 'files of a directory'];

describeWithServers('a container of Azurite keeps every promise', () => {
  let container: TestContainer;
  beforeAll(async () => {
    container = await makeContainer(useServer('azurite'));
  });
  afterAll(async () => container[Symbol.asyncDispose]());

  for (const { name, run } of storeCases) {
    test(name, async () => {
      await using refusing = await startScriptedService((_request, response) =>
        refuse(response, 403, 'AuthorizationPermissionMismatch'),
      );
      await using cutting = await startScriptedService((_request, response) => response.destroy());
      const outcome = await run(() => openStore(container.name, container.credentials), {
        signal,
        openRefused: () => openStore(container.name, refusing.credentials),
        outage: {
          open: () => openStore(container.name, cutting.credentials),
          attempts: () => cutting.requests.length,
        },
      });
      expect(outcome).toBe(notTried.includes(name) ? 'not tried' : 'kept');
    });
  }
});

describeWithServers('a prefix in a container, over TLS and with a SAS that allows no more, keeps every promise', () => {
  let container: TestContainer;
  beforeAll(async () => {
    container = await makeContainer(useServer('azurite-tls'));
  });
  afterAll(async () => container[Symbol.asyncDispose]());

  const open = (credentials = {}): Promise<BackupStore> => {
    const { AZBLOB_ACCOUNT_KEY: _, ...others } = container.credentials as Record<string, string>;
    const sas = container.sas('rwdl');
    return openStore(container.name, { ...others, AZBLOB_SAS_TOKEN: sas, ...credentials }, 'some/prefix & more/');
  };
  for (const { name, run } of storeCases) {
    test(name, async () => {
      const openRefused = () => open({ AZBLOB_SAS_TOKEN: container.sas('w') });
      await run(() => open(), { signal, openRefused, listCount: 20 });
    });
  }
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
