export { httpDownloadPlugin } from './http-download-plugin.ts';
export type { HttpDownloadOptions } from './options.ts';
