import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';
import { canExchange, exchangeTimeoutMs, exchangeWithLonghorn } from '@hayloft/tool-longhorn-exchange';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { openStore } from './testing/open-store.ts';

// Longhorn speaks no WebDAV: it reads and writes the folder that the server serves.
for (const name of ['apache-dav', 'nginx-dav'] as const) {
  const available = (await hasServers(name)) && canExchange();
  (available ? describe : describe.skip)(`in a folder that ${name} serves`, () => {
    test.each(['lz4', 'gzip', 'none'] as const)(
      '%s: Longhorn restores what we back up, and we what Longhorn does',
      async (method) => {
        await using server = await useServer(name);
        const folder = randomUUID();
        const path = join(server.config.root, folder);
        mkdirSync(path);
        await using store = await openStore(`${server.config.origin}/plain/${folder}/`);
        await exchangeWithLonghorn({ store, target: `vfs://${path}/`, method });
      },
      exchangeTimeoutMs,
    );
  });
}
