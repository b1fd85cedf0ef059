import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { storeCases } from '@hayloft/engine/conformance';
import { hasServers, useServer, type UsedServer, type GaneshaServerConfig } from '@hayloft/tool-servers';
import { openUrl, signal, urlOf } from './testing/open-share.ts';

const describeWithServers = (await hasServers('ganesha')) ? describe : describe.skip;

describeWithServers('a store on an NFSv3 share keeps every promise', () => {
  const folder = randomUUID();
  let server: UsedServer<GaneshaServerConfig>;
  beforeAll(async () => {
    server = await useServer('ganesha');
    await mkdir(join(server.config.root, folder));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  for (const { name, run } of storeCases) {
    test(name, async () => run(() => openUrl(urlOf(server.config, `${server.config.export}/${folder}`)), { signal }));
  }
});
