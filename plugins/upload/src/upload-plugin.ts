import { Readable } from 'node:stream';
import { BackupError, pluginContract, type SourcePlugin } from '@hayloft/engine';
import { openFileSource } from '@hayloft/disk';
import { stdinSource } from './stdin-source.ts';

export type UploadOptions =
  | { readonly path: string; readonly checksum?: string | undefined }
  /** A stream of bytes that the app has at hand. */
  | { readonly stdin: Readable };

/** Source `upload`: a file of this machine, or standard input. */
export const uploadPlugin: SourcePlugin<UploadOptions> = {
  contract: pluginContract,
  kind: 'source',
  type: 'upload',
  summary: 'A file of this machine, or standard input',
  options: { parse: parseOptions },
  open: async (options, { signal }) =>
    'stdin' in options
      ? stdinSource(options.stdin)
      : openFileSource(options.path, { checksum: options.checksum, signal }),
};

function parseOptions(value: unknown): UploadOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the options are not a table');
  const { path, stdin, checksum, ...rest } = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(rest)) throw invalid(`there is no option "${key}"; known are path, stdin, checksum`);
  if ((path === undefined) === (stdin === undefined)) throw invalid('give either "path" or "stdin"');
  if (stdin !== undefined) {
    if (checksum !== undefined) throw invalid('"checksum" belongs to "path"');
    if (!Readable.isReadable(stdin as Readable)) throw invalid('"stdin" is not a stream that can be read');
    return { stdin: stdin as Readable };
  }
  if (typeof path !== 'string' || path === '' || path.includes('\0')) throw invalid('"path" is not a path');
  if (checksum !== undefined && (typeof checksum !== 'string' || !/^[0-9a-f]{128}$/.test(checksum))) {
    throw invalid('"checksum" is not a SHA-512 of 128 lower-case hex digits');
  }
  return { path, checksum };
}

function invalid(why: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `options of an upload: ${why}`, {
    remedy: 'Correct them; the README of the upload plugin lists every option.',
  });
}
