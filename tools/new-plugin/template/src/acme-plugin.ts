import { isAbsolute } from 'node:path';
import { BackupError, pluginContract, type StorePlugin, type TargetAddress } from '@hayloft/engine';
import { openAcmeStore } from './acme-store.ts';

export interface AcmeOptions {
  /** Absolute path of the SQLite file. */
  readonly path: string;
  /** The file grows no larger than this, in bytes; undefined for no limit. */
  readonly sizeBytesMax: number | undefined;
}

/** What selects it: `plugin:` of a target, and the scheme of its URL. */
const type = 'acme';

/** Store `acme`: blobs in a SQLite file, as `acme:///path/to/file/`. */
export const acmePlugin: StorePlugin<AcmeOptions> = {
  contract: pluginContract,
  kind: 'store',
  type,
  summary: 'A SQLite file of this machine (acme:///path/to/file/)',
  options: { parse: parseOptions },
  schemes: { [type]: optionsOf },
  example: `targets:
  barn: { url: 'acme:///srv/backups.sqlite/' } # a file that is there, at first an empty one
  small:
    plugin: acme
    options: { path: /srv/small.sqlite, sizeBytesMax: 1000000000 }
    # credentials: { file: … } would hand its KEY=VALUE lines to "open", as context.credentials
`,
  open: async (options) => openAcmeStore(options),
};

/** What `targets:` says with `options`, or what `optionsOf` made of a URL: untrusted, so every key is checked. */
function parseOptions(value: unknown): AcmeOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the options are not a table');
  const { path, sizeBytesMax, ...others } = value as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid(`there is no option "${unknown}"; known are path and sizeBytesMax`);
  if (typeof path !== 'string' || !isAbsolute(path)) throw invalid('"path" is not an absolute path');
  if (sizeBytesMax !== undefined && !(typeof sizeBytesMax === 'number' && sizeBytesMax >= 65_536)) {
    throw invalid('"sizeBytesMax" is not a number of bytes from 65536');
  }
  return { path, sizeBytesMax };
}

function optionsOf({ user, host, path, query }: TargetAddress): unknown {
  if (user !== '' || host !== '') throw invalid('the URL names a host, but the file is on this machine');
  if (query.size > 0) throw invalid('the URL has a "?", and an acme URL has none');
  return { path: path.replace(/\/+$/, '') };
}

function invalid(why: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `options of an acme store: ${why}`, {
    remedy: 'Write the target as "acme:///path/to/file/"; "hayloft plugins" shows every option.',
  });
}
