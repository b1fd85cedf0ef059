import { describe, test } from '@jest/globals';
import { canExchange, exchangeTimeoutMs, exchangeWithLonghorn } from '@hayloft/tool-longhorn-exchange';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { makeContainer, openStore } from './testing/test-container.ts';

const available = (await hasServers('azurite', 'azurite-tls')) && canExchange();

(available ? describe : describe.skip)('in a container', () => {
  test.each([
    ['azurite', 'lz4', ''],
    ['azurite', 'gzip', 'vms/base/'],
    ['azurite-tls', 'none', 'vms/base/'],
  ] as const)(
    'of %s, by %s, under "%s": Longhorn restores what we back up, and we what Longhorn does',
    async (server, method, prefix) => {
      await using container = await makeContainer(useServer(server));
      const env = container.credentials;
      await using store = await openStore(container.name, env, prefix);
      await exchangeWithLonghorn({ store, target: store.location, env, method });
    },
    exchangeTimeoutMs,
  );
});
