import { BackupError, pluginContract, type BackupStore, type PluginContext, type StorePlugin } from '@hayloft/engine';
import { createMountedStore, createShareStore } from '@hayloft/share-store';
import { optionsOf, parseOptions, type CifsOptions } from './cifs-options.ts';
import { example } from './example.ts';
import { parseMountOptions, type MountOptions } from './mount-options.ts';
import type { SmbSettings } from './smb-settings.ts';

/** Store `cifs`: a folder on an SMB share, mounted or not, as `cifs://host/share/folder`. */
export const cifsPlugin: StorePlugin<CifsOptions> = {
  contract: pluginContract,
  kind: 'store',
  type: 'cifs',
  summary: 'A folder on an SMB share, mounted or spoken to directly (cifs://host/share/folder)',
  example,
  options: { parse: parseOptions },
  schemes: { cifs: optionsOf },
  open: (options, context) =>
    options.mountedAt === undefined ? openShare(options, context) : openMounted(options, context),
};

function openMounted({ mountedAt, location }: CifsOptions, { logger }: PluginContext): Promise<BackupStore> {
  return createMountedStore({ path: mountedAt!, location, writable: true, logger });
}

/** Longer than the connection waits for a server that says nothing, so that it is the connection that tells why. */
const callMsMax = 150_000;

// The wording matters: from it, the release's bundler knows that the module becomes a file of its own.
const isSource = import.meta.url.endsWith('.ts');
const entry = new URL(isSource ? './smb-process.ts' : './smb-process.js', import.meta.url);

async function openShare(options: CifsOptions, context: PluginContext): Promise<BackupStore> {
  const { host, share, folder, location } = options;
  const mount = parseMountOptions(options.mountOptions);
  const { port, dialects, sealed, readOnly } = mount;
  const login = credentialsOf(location, mount, context);
  const settings: SmbSettings = { host, port, share, folder, dialects, sealed, ...login };
  return createShareStore({ entry, settings, location, callMsMax, writable: !readOnly, signal: context.signal });
}

function credentialsOf(
  location: string,
  mount: MountOptions,
  { credentials }: PluginContext,
): Pick<SmbSettings, 'domain' | 'username' | 'password'> {
  const given = credentials.get('CIFS_USERNAME')?.reveal() || mount.username;
  const password = credentials.get('CIFS_PASSWORD')?.reveal();
  if (given === undefined || password === undefined) {
    const missing = given === undefined ? 'CIFS_USERNAME' : 'CIFS_PASSWORD';
    throw new BackupError('CONFIGURATION_INVALID', `cannot open ${location}: there is no ${missing} for it`, {
      remedy: 'Add CIFS_USERNAME and CIFS_PASSWORD to the credentials of this target.',
    });
  }
  // DOMAIN\user, as Windows writes it.
  const [, domain = '', username = given] = /^([^\\/]+)[\\/](.+)$/s.exec(given) ?? [];
  return { domain: mount.domain ?? domain, username, password };
}
