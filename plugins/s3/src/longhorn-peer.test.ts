import { describe, test } from '@jest/globals';
import { canExchange, exchangeTimeoutMs, exchangeWithLonghorn } from '@hayloft/tool-longhorn-exchange';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { keysOf, makeBucket, open } from './testing.ts';

for (const name of ['ceph', 'versitygw'] as const) {
  const available = (await hasServers(name)) && canExchange();
  (available ? describe : describe.skip)(`in a bucket of ${name}`, () => {
    test.each(['lz4', 'gzip', 'none'] as const)(
      '%s: Longhorn restores what we back up, and we what Longhorn does',
      async (method) => {
        await using server = await useServer(name);
        const env = keysOf(server.config);
        const bucket = await makeBucket(server.config);
        await using store = await open({ bucket, region: 'us-east-1', prefix: 'vms/base/' }, env);
        await exchangeWithLonghorn({ store, target: store.location, env, method });
      },
      exchangeTimeoutMs,
    );
  });
}
