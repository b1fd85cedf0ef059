import { pluginContract, type StorePlugin } from '@hayloft/engine';
import { example } from './example.ts';
import { optionsOf, parseOptions, type AzureOptions } from './options.ts';

/** Store `azure`: a container of Azure Blob Storage, or of Azurite, as `azblob://container@core.windows.net/prefix/`. */
export const azurePlugin: StorePlugin<AzureOptions> = {
  contract: pluginContract,
  kind: 'store',
  type: 'azure',
  summary: 'A container in Azure Blob Storage (azblob://container@core.windows.net/prefix/)',
  example,
  options: { parse: parseOptions },
  schemes: { azblob: optionsOf },
  // The SDK takes a while to load, and most runs do not need it.
  open: async (options, context) => (await import('./open-azure-store.ts')).openAzureStore(options, context),
};
