import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, jest, test } from '@jest/globals';
import { storeCases } from '@hayloft/engine/conformance';
import { hasServers, useServer, type ConfigOf, type UsedServer } from '@hayloft/tool-servers';
import { makeFolder, openStore, signal } from './testing/open-store.ts';

jest.setTimeout(120_000);

describe.each(['apache-dav', 'nginx-dav'] as const)('a store on %s keeps every promise', (name) => {
  let server: UsedServer<ConfigOf<'apache-dav'>> | UsedServer<ConfigOf<'nginx-dav'>>;
  let url: string;
  let keys: Record<string, string>;
  beforeAll(async () => {
    if (!(await hasServers(name))) return;
    server = await useServer(name);
    const { tlsOrigin, caFile, root, user, password } = server.config;
    const area = name === 'apache-dav' ? 'digest' : 'basic';
    url = `${tlsOrigin}/${area}/${makeFolder(root).name}`;
    keys = { WEBDAV_USERNAME: user, WEBDAV_PASSWORD: password, WEBDAV_CERT: readFileSync(caFile, 'utf8') };
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  for (const { name: promise, run } of storeCases) {
    test(promise, async () => {
      if (server !== undefined) await run(() => openStore(url, keys), { signal });
    });
  }
});
