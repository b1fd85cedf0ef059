import { isAbsolute } from 'node:path';
import { BackupError, type TargetAddress } from '@hayloft/engine';
import { formatTargetUrl, mountOptions } from '@hayloft/longhorn-format';
import { z } from 'zod';
import { parseMountOptions, refuseSecrets } from './mount-options.ts';

export interface CifsOptions {
  /** A name or an address, an IPv6 address without brackets. */
  readonly host: string;
  readonly share: string;
  /** The store's folder in the share: '' for its root, else parts separated by `/`. */
  readonly folder: string;
  /** Where that very folder is mounted; undefined to speak SMB without a mount. */
  readonly mountedAt: string | undefined;
  /** Valid ones where there is no mount; of a mount they were the kernel's matter. */
  readonly mountOptions: readonly string[];
  /** For people: `cifs://host/share/folder/`. */
  readonly location: string;
}

/** What a name on a share cannot hold. */
const reserved = /[\\:*?"<>|\p{Cc}]/u;

const schema = z.strictObject({
  host: z
    .string()
    .regex(/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._~-]+)?\])$/, 'is not a name or an address'),
  share: z
    .string()
    .regex(/^[^/]+$/, 'is not the name of a share')
    .refine(isName, 'cannot be the name of a share'),
  folder: z.string().default('').transform(normalizeFolder).refine(isName, 'cannot be a folder of a share'),
  mountedAt: z
    .string()
    .refine((path) => isAbsolute(path) && !path.includes('\0'), 'is not an absolute path')
    .optional(),
  mountOptions: z.array(z.string()).default([]),
});

/** `CONFIGURATION_INVALID` for options that no share can be opened with. */
export function parseOptions(value: unknown): CifsOptions {
  const result = schema.safeParse(value);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    throw invalid(path.length === 0 ? message : `"${path.join('.')}": ${message}`);
  }
  const { host, share, folder, mountedAt, mountOptions: options } = result.data;
  refuseSecrets(options);
  if (mountedAt === undefined) parseMountOptions(options);
  const path = folder === '' ? `/${share}/` : `/${share}/${folder}/`;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    share,
    folder,
    mountedAt,
    mountOptions: options,
    location: formatTargetUrl({ scheme: 'cifs', user: '', host, path, query: new Map() }),
  };
}

/** The options that a URL stands for: `cifs://host/share[/folder][?cifsOptions=…]`. */
export function optionsOf(address: TargetAddress): unknown {
  const { host, path, query, mountedAt } = address;
  const other = [...query.keys()].find((key) => key !== 'cifsOptions');
  if (other !== undefined) throw invalid(`the URL has "?${other}=…", and a cifs URL has only "cifsOptions"`);
  if (/^[^[\]]*:|\]:/.test(host)) {
    throw invalid(
      `a cifs URL has no port after the host, as "${host}" has`,
      'Write "?cifsOptions=port=…" behind the path.',
    );
  }
  const [share = '', ...folder] = path.split('/').filter((part) => part !== '');
  if (share === '') throw invalid('the URL names no share');
  return {
    host,
    share,
    folder: folder.join('/'),
    mountOptions: mountOptions(address) ?? [],
    ...(mountedAt === undefined ? {} : { mountedAt }),
  };
}

function normalizeFolder(folder: string): string {
  return folder
    .split('/')
    .filter((part) => part !== '')
    .join('/');
}

function isName(name: string): boolean {
  return !reserved.test(name) && name.split('/').every((part) => part !== '.' && part !== '..');
}

function invalid(
  why: string,
  remedy = 'Write the target as "cifs://host/share/folder"; the README of the cifs plugin lists every option.',
): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `options of a cifs store: ${why}`, { remedy });
}
