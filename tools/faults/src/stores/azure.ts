import { randomUUID } from 'node:crypto';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { azurePlugin } from '@hayloft/plugin-azure';
import { useServer } from '@hayloft/tool-servers';
import { azureDialect } from '../http/azure-dialect.ts';
import type { StoreUnderTest } from '../run/store-under-test.ts';
import { makeHttpPlace, makesEveryFault } from './http-place.ts';
import { pluginContext } from './plugin-context.ts';

export const azureStore: StoreUnderTest = {
  name: 'azure: Azurite',
  servers: ['azurite'],
  makes: makesEveryFault,
  async start() {
    const used = await useServer('azurite');
    const { endpoint, account, key } = used.config;
    const keysFor = (origin: string): Record<string, string> => ({
      AZBLOB_ACCOUNT_NAME: account,
      AZBLOB_ACCOUNT_KEY: key,
      AZBLOB_ENDPOINT: origin,
    });
    const container = `faults-${randomUUID()}`;
    const credential = new StorageSharedKeyCredential(account, key);
    await new ContainerClient(`${endpoint}/${account}/${container}`, credential).create();
    return {
      makePlace: (place) =>
        makeHttpPlace({
          origin: endpoint,
          dialect: azureDialect,
          open: (origin, signal) => {
            const options = azurePlugin.options.parse({ container, prefix: place });
            return azurePlugin.open(options, pluginContext(keysFor(origin), signal));
          },
          longhorn: { url: `azblob://${container}@core.windows.net/${place}/`, env: keysFor(endpoint) },
        }),
      [Symbol.asyncDispose]: () => used[Symbol.asyncDispose](),
    };
  },
};
