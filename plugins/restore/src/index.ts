export type { RestoreOptions } from './backup-source.ts';
export { restorePlugin } from './restore-plugin.ts';
