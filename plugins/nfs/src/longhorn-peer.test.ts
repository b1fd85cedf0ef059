import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';
import { canExchange, exchangeTimeoutMs, exchangeWithLonghorn } from '@hayloft/tool-longhorn-exchange';
import { hasServers, libnfs5, useServer } from '@hayloft/tool-servers';
import { versionsWith } from './testing/libraries.ts';
import { openUrl, urlOf } from './testing/open-share.ts';

const describeWithPeer = (await hasServers('ganesha')) && canExchange() ? describe : describe.skip;

describeWithPeer.each(versionsWith(libnfs5.program))('on an NFSv%i share', (version, library) => {
  // Longhorn's library would mount the share; it reads and writes the folder behind the export instead.
  test.each(['lz4', 'gzip', 'none'] as const)(
    '%s: Longhorn restores what we back up, and we what Longhorn does',
    async (method) => {
      await using server = await useServer('ganesha');
      const folder = randomUUID();
      const exported = join(server.config.root, folder);
      mkdirSync(exported);
      await using store = await openUrl(urlOf(server.config, `/export/${folder}`, `vers=${version}`), library);
      await exchangeWithLonghorn({ store, target: `vfs://${exported}/`, method });
    },
    exchangeTimeoutMs,
  );
});
