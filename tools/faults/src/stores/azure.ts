import { randomUUID } from 'node:crypto';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { azurePlugin } from '@hayloft/plugin-azure';
import { useServer } from '@hayloft/tool-servers';
import { azureDialect } from '../http/azure-dialect.ts';
import type { StoreUnderTest } from '../run/store-under-test.ts';
import { makeHttpPlace, makesEveryFault } from './http-place.ts';
import { pluginContext } from './plugin-context.ts';

export const azureStore: StoreUnderTest = {
  name: 'azure: Azurite',
  type: 'azure',
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
    await createContainer(`${endpoint}/${account}/${container}`, new StorageSharedKeyCredential(account, key));
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

/** By hand: the SDK asks for a version of the service that Azurite does not know yet. */
async function createContainer(url: string, credential: StorageSharedKeyCredential): Promise<void> {
  const version = '2024-11-04';
  const sas = generateAccountSASQueryParameters(
    {
      version,
      expiresOn: new Date(Date.now() + 3_600_000),
      permissions: AccountSASPermissions.parse('c'),
      services: AccountSASServices.parse('b').toString(),
      resourceTypes: AccountSASResourceTypes.parse('c').toString(),
    },
    credential,
  );
  const answer = await fetch(`${url}?restype=container&${sas.toString()}`, {
    method: 'PUT',
    headers: { 'x-ms-version': version },
  });
  if (!answer.ok) throw new Error(`a container cannot be made: ${await answer.text()}`);
}
