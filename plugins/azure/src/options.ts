import { BackupError, type TargetAddress } from '@hayloft/engine';
import { z } from 'zod';

/** The service allows names of 1,024 characters, and a blob's key takes up to 255 of them. */
const prefixLengthMax = 1024 - 255;

const schema = z.strictObject({
  container: z.string().regex(/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/, 'is not the name of a container'),
  endpointSuffix: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?$/, 'is not the name of a host')
    .optional(),
  prefix: z.string().default('').transform(normalizePrefix).refine(isPrefix, 'cannot be part of the name of a blob'),
});

export interface AzureOptions {
  readonly container: string;
  /** The account's host is `<account>.blob.<endpointSuffix>`, unless `AZBLOB_ENDPOINT` says where it is. */
  readonly endpointSuffix?: string | undefined;
  /** '' or a beginning of names that ends in `/`. */
  readonly prefix: string;
}

/** `CONFIGURATION_INVALID` for options that no container can be opened with. */
export function parseOptions(value: unknown): AzureOptions {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw invalid(path.length === 0 ? message : `"${path.join('.')}": ${message}`);
}

/** The options that a URL stands for: `azblob://container@suffix/prefix/`, or `azblob://container/prefix/` without a suffix. */
export function optionsOf({ user, host, path, query }: TargetAddress): unknown {
  const [key] = query.keys();
  // It may be a signature: only its name is shown.
  if (key !== undefined) {
    throw invalid(`the URL has "?${key}=…", and an azblob URL has no such part; a SAS is given as AZBLOB_SAS_TOKEN`);
  }
  return user === ''
    ? { container: host, prefix: path }
    : { container: user, prefix: path, ...(host === '' ? {} : { endpointSuffix: host }) };
}

/** As Longhorn joins them: no slash in front, none twice. */
function normalizePrefix(prefix: string): string {
  const parts = prefix.split('/').filter((part) => part !== '');
  return parts.map((part) => `${part}/`).join('');
}

function isPrefix(prefix: string): boolean {
  if (prefix.split('/').some((part) => part === '.' || part === '..')) return false;
  return !/[\p{Cc}\\]/u.test(prefix) && prefix.length <= prefixLengthMax;
}

function invalid(why: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `options of an azure store: ${why}`, {
    remedy:
      'Write the target as "azblob://container@core.windows.net/prefix/"; the README of the azure plugin lists every option.',
  });
}
