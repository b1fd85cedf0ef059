export { nfsPlugin } from './nfs-plugin.ts';
export type { NfsOptions } from './nfs-options.ts';
