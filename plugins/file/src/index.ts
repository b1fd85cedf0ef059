export { filePlugin, type FileOptions } from './file-plugin.ts';
