export { type CifsOptions } from './cifs-options.ts';
export { cifsPlugin } from './cifs-plugin.ts';
