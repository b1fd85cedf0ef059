import { test } from '@jest/globals';
import { canExchange, exchangeTimeoutMs, exchangeWithLonghorn } from '@hayloft/tool-longhorn-exchange';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { makeSambaFolder } from './testing/samba-store.ts';

const testWithPeer = (await hasServers('samba')) && canExchange() ? test : test.skip;

// Longhorn mounts a share, which takes a kernel that can; here it reads and writes the folder that the server shares.
testWithPeer.each(['lz4', 'gzip', 'none'] as const)(
  '%s: Longhorn restores what we back up, and we what Longhorn does',
  async (method) => {
    await using folder = makeSambaFolder(await useServer('samba'));
    await using store = await folder.open();
    await exchangeWithLonghorn({ store, target: `vfs://${folder.path}/`, method });
  },
  exchangeTimeoutMs,
);
