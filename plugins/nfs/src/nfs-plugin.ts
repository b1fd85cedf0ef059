import { pluginContract, type BackupStore, type PluginContext, type StorePlugin } from '@hayloft/engine';
import { createMountedStore, createShareStore } from '@hayloft/share-store';
import { example } from './example.ts';
import { parseMountOptions } from './mount-options.ts';
import { optionsOf, parseOptions, type NfsOptions } from './nfs-options.ts';
import type { NfsSettings } from './nfs-settings.ts';

/** Store `nfs`: a folder on an NFS share, mounted or not, as `nfs://host:/path`. */
export const nfsPlugin: StorePlugin<NfsOptions> = {
  contract: pluginContract,
  kind: 'store',
  type: 'nfs',
  summary: 'A folder on an NFS share, mounted or spoken to directly (nfs://host:/path)',
  example,
  options: { parse: parseOptions },
  schemes: { nfs: optionsOf },
  open: (options, context) =>
    options.mountedAt === undefined ? openShare(options, context) : openMounted(options, context),
};

function openMounted({ mountedAt, location }: NfsOptions, { logger }: PluginContext): Promise<BackupStore> {
  return createMountedStore({ path: mountedAt!, location, writable: true, logger });
}

// The wording matters: from it, the release's bundler knows that the module becomes a file of its own.
const isSource = import.meta.url.endsWith('.ts');
const entry = new URL(isSource ? './nfs-process.ts' : './nfs-process.js', import.meta.url);

function openShare({ host, path, location, mountOptions, library }: NfsOptions, context: PluginContext) {
  const { readOnly, ...mount } = parseMountOptions(mountOptions);
  const settings: NfsSettings = { host, path, library, ...mount };
  // A call is several requests, each of which may take as long as the mount options say: whoever takes longer hangs.
  const callMsMax = 60_000 + 8 * mount.timeoutMs;
  return createShareStore({ entry, settings, location, callMsMax, writable: !readOnly, signal: context.signal });
}
