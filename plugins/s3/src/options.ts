import { BackupError, type TargetAddress } from '@hayloft/engine';
import { z } from 'zod';

/** S3 allows keys of 1,024 bytes, and a blob's key takes up to 255 of them. */
const prefixBytesMax = 1024 - 255;

const schema = z.strictObject({
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/, 'is not the name of a bucket'),
  region: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'is not the name of a region')
    .optional(),
  prefix: z.string().default('').transform(normalizePrefix).refine(isPrefix, 'cannot be part of a key'),
  encryption: z.enum(['AES256', 'aws:kms', 'aws:kms:dsse', 'customer']).optional(),
  kmsKeyId: z.string().min(1).optional(),
  conditionalPut: z.boolean().optional(),
  consistentListing: z.boolean().optional(),
});

export interface S3Options {
  readonly bucket: string;
  /** Undefined: `AWS_REGION` of the target's credentials decides. */
  readonly region?: string | undefined;
  /** '' or a beginning of keys that ends in `/`. */
  readonly prefix: string;
  /** Who encrypts what the server keeps, and with whose key; the bucket's own setting where undefined. */
  readonly encryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | 'customer' | undefined;
  readonly kmsKeyId?: string | undefined;
  /** What is known of the server where it cannot be recognised: see `known-servers.ts`. */
  readonly conditionalPut?: boolean | undefined;
  readonly consistentListing?: boolean | undefined;
}

/** `CONFIGURATION_INVALID` for options that no bucket can be opened with. */
export function parseOptions(value: unknown): S3Options {
  const result = schema.safeParse(value);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    throw invalid(path.length === 0 ? message : `"${path.join('.')}": ${message}`);
  }
  const options = result.data;
  if (options.kmsKeyId !== undefined && !options.encryption?.startsWith('aws:kms')) {
    throw invalid('"kmsKeyId" is of use only with "encryption: aws:kms"');
  }
  return options;
}

/** The options that a URL stands for: `s3://bucket@region/prefix/`, or `s3://bucket/prefix/` with the region elsewhere. */
export function optionsOf({ user, host, path, query }: TargetAddress): unknown {
  const [key] = query.keys();
  if (key !== undefined) throw invalid(`the URL has "?${key}=…", and an s3 URL has no such part`);
  return user === '' ? { bucket: host, prefix: path } : { bucket: user, region: host, prefix: path };
}

/** As Longhorn joins them: no slash in front, none twice. */
function normalizePrefix(prefix: string): string {
  const parts = prefix.split('/').filter((part) => part !== '');
  return parts.map((part) => `${part}/`).join('');
}

function isPrefix(prefix: string): boolean {
  if (prefix.split('/').some((part) => part === '.' || part === '..')) return false;
  return !/\p{Cc}/u.test(prefix) && Buffer.byteLength(prefix) <= prefixBytesMax;
}

function invalid(why: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `options of an s3 store: ${why}`, {
    remedy: 'Write the target as "s3://bucket@region/prefix/"; the README of the s3 plugin lists every option.',
  });
}
