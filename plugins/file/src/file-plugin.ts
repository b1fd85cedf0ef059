import { isAbsolute } from 'node:path';
import { BackupError, pluginContract, type StorePlugin, type TargetAddress } from '@hayloft/engine';
import { createDirectoryStore } from '@hayloft/directory-store';
import { example } from './example.ts';

export interface FileOptions {
  /** Absolute path of the folder that holds `backupstore/`. */
  readonly path: string;
  /** The target URL as the user knows it, ending in `/`. */
  readonly location: string;
  readonly readOnly: boolean;
}

/** Store `file`: a directory of this machine, as `file:///path/` or, in Longhorn's words, `vfs:///path/`. */
export const filePlugin: StorePlugin<FileOptions> = {
  contract: pluginContract,
  kind: 'store',
  type: 'file',
  summary: 'A directory of this machine (file:///path/, vfs:///path/)',
  example,
  options: { parse: parseOptions },
  schemes: { file: optionsOf, vfs: optionsOf },
  open: ({ path, location, readOnly }) => createDirectoryStore({ path, location, writable: !readOnly }),
};

function optionsOf({ scheme, user, host, path }: TargetAddress): unknown {
  if (host !== '' || user !== '') {
    throw invalid(`"${scheme}://${host}${path}" names a host, but its files are on this machine`);
  }
  return { path, location: `${scheme}://${withSlash(path)}` };
}

const known = ['path', 'location', 'readOnly'];

function parseOptions(value: unknown): FileOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the options are not a table');
  const given = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw invalid(`there is no option "${key}"; known are ${known.join(', ')}`);
  }
  const { path, location, readOnly = false } = given;
  if (typeof path !== 'string' || !isAbsolute(path)) throw invalid('"path" is not an absolute path');
  if (path.includes('\0')) throw invalid('"path" holds a NUL character');
  if (location !== undefined && typeof location !== 'string') throw invalid('"location" is not a text');
  if (typeof readOnly !== 'boolean') throw invalid('"readOnly" is neither true nor false');
  return { path, location: location ?? `file://${withSlash(path)}`, readOnly };
}

const withSlash = (path: string): string => (path.endsWith('/') ? path : `${path}/`);

function invalid(why: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `options of a file store: ${why}`, {
    remedy: 'Write the target as "file:///absolute/path/"; the README of the file plugin lists every option.',
  });
}
