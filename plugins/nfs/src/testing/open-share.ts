import { parseTargetUrl } from '@hayloft/longhorn-format';
import { silentLogger, type BackupStore, type PluginContext } from '@hayloft/engine';
import { nfsPlugin } from '../nfs-plugin.ts';

export const { signal } = new AbortController();
export const context: PluginContext = { signal, logger: silentLogger, credentials: new Map() };

/** Where an NFS server is to be found without a portmapper. */
export interface NfsServerAddress {
  readonly host: string;
  readonly port: number;
  readonly mountPort: number;
}

/** The URL of a folder of the server's, with options behind those that every test needs. */
export function urlOf({ host, port, mountPort }: NfsServerAddress, path: string, options = 'vers=3'): string {
  return `nfs://${host}:${path}?nfsOptions=port=${port},mountport=${mountPort},${options}`;
}

/** Opens a store as the assembly does; `more` are options that only `plugin: nfs` has, or `mountedAt`. */
export async function openUrl(
  url: string,
  more: { readonly library?: string; readonly mountedAt?: string } = {},
): Promise<BackupStore> {
  const options = nfsPlugin.schemes!['nfs']!(parseTargetUrl(url)) as object;
  return nfsPlugin.open(nfsPlugin.options.parse({ ...options, ...more }), context);
}
