import { isAbsolute } from 'node:path';
import { BackupError, type TargetAddress } from '@hayloft/engine';
import { formatTargetUrl } from '@hayloft/longhorn-format';
import { z } from 'zod';
import { parseMountOptions } from './mount-options.ts';

export interface NfsOptions {
  /** A name or an address, an IPv6 address without brackets. */
  readonly host: string;
  /** The store's folder as the server names it: an export, or a folder of one. No slash at its end. */
  readonly path: string;
  /** Where that very folder is mounted; undefined to speak NFS without a mount. */
  readonly mountedAt: string | undefined;
  /** Valid ones where there is no mount; of a mount they were the kernel's matter. */
  readonly mountOptions: readonly string[];
  /** Absolute path of a libnfs 4 or 5; undefined to take the system's. */
  readonly library: string | undefined;
  /** For people: `nfs://host:/path/`. */
  readonly location: string;
}

const absolutePath = z
  .string()
  .refine((path) => isAbsolute(path) && !path.includes('\0'), 'is not an absolute path')
  .optional();

const schema = z.strictObject({
  host: z
    .string()
    .regex(/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._~-]+)?\])$/, 'is not a name or an address'),
  path: z
    .string()
    .regex(/^\//, 'is not an absolute path')
    .refine((path) => !/\p{Cc}/u.test(path) && !/(^|\/)\.{1,2}(\/|$)/.test(path), 'cannot be the path of an export')
    .transform(
      (path) =>
        `/${path
          .split('/')
          .filter((part) => part !== '')
          .join('/')}`,
    ),
  mountedAt: absolutePath,
  mountOptions: z.array(z.string()).default([]),
  library: absolutePath,
});

/** `CONFIGURATION_INVALID` for options that no share can be opened with. */
export function parseOptions(value: unknown): NfsOptions {
  const result = schema.safeParse(value);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    throw invalid(path.length === 0 ? message : `"${path.join('.')}": ${message}`);
  }
  const { host, path, mountedAt, mountOptions, library } = result.data;
  if (mountedAt === undefined) parseMountOptions(mountOptions);
  const shown = path === '/' ? path : `${path}/`;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    path,
    mountedAt,
    mountOptions,
    library,
    location: formatTargetUrl({ scheme: 'nfs', user: '', host: `${host}:`, path: shown, query: new Map() }),
  };
}

/** The options that a URL stands for: `nfs://host:/path[?nfsOptions=…]`. */
export function optionsOf({ host, path, query, mountedAt }: TargetAddress): unknown {
  const other = [...query.keys()].find((key) => key !== 'nfsOptions');
  if (other !== undefined) throw invalid(`the URL has "?${other}=…", and an nfs URL has only "nfsOptions"`);
  const [, name = '', port] = /^(\[.*\]|[^:]*)(?::(.*))?$/s.exec(host) ?? [];
  if (name === '') throw invalid('the URL names no host');
  if (port === undefined) {
    throw invalid(
      `a colon is missing behind the host in "nfs://${host}${path}"`,
      `Write "nfs://${host}:${path}", as for mount.`,
    );
  }
  if (port !== '') {
    throw invalid(
      `an nfs URL has no port behind the host, as "${host}" has`,
      `Write "nfs://${name}:${path}?nfsOptions=port=${port}".`,
    );
  }
  return {
    host: name,
    path,
    mountOptions: query.get('nfsOptions') ?? [],
    ...(mountedAt === undefined ? {} : { mountedAt }),
  };
}

function invalid(
  why: string,
  remedy = 'Write the target as "nfs://host:/path"; the README of the nfs plugin lists every option.',
): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `options of an nfs store: ${why}`, { remedy });
}
