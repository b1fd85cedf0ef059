import { z } from 'zod';
import { parseBytes } from './parse-bytes.ts';

const text = z.string().min(1, 'must not be empty');
const bytes = z.union([z.number(), z.string()]).transform((value, context) => {
  const parsed = parseBytes(String(value));
  if (parsed !== undefined) return parsed;
  context.addIssue(`"${value}" is no size; write 50MiB, 1GB or a number of bytes`);
  return z.NEVER;
});

const credentials = z
  .strictObject({ file: text.optional(), env: z.array(text).min(1).optional() })
  .refine(({ file, env }) => (file === undefined) !== (env === undefined), 'needs either "file" or "env"');

const target = z
  .strictObject({
    url: text.optional(),
    plugin: text.optional(),
    options: z.record(z.string(), z.unknown()).optional(),
    credentials: credentials.optional(),
    mountedAt: text.optional(),
  })
  .refine(({ url, plugin }) => (url === undefined) !== (plugin === undefined), 'needs either "url" or "plugin"')
  .refine(({ plugin, options }) => plugin !== undefined || options === undefined, '"options" belong to a "plugin"');

/** What may stand in `hayloft.yaml`. */
export const configurationSchema = z.strictObject({
  disk: text.optional(),
  targets: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/, 'is no name: letters a–z, digits, ".", "_" and "-"'), target)
    .optional(),
  plugins: z.array(text).optional(),
  downloads: z.strictObject({ proxy: text.optional(), noProxy: text.optional(), cacert: text.optional() }).optional(),
  compression: z.enum(['lz4', 'gzip', 'none']).optional(),
  limits: z
    .strictObject({
      concurrency: z.number().int().min(1).max(256).optional(),
      uploadBytesPerSecond: bytes.optional(),
      downloadBytesPerSecond: bytes.optional(),
    })
    .optional(),
});

export type ConfigurationFile = z.infer<typeof configurationSchema>;
