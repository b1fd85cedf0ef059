export { azurePlugin } from './azure-plugin.ts';
export type { AzureOptions } from './options.ts';
