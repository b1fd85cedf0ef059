import { BackupError, pluginContract, type SourcePlugin } from '@hayloft/engine';
import { openFileSource } from '@hayloft/disk';

/** What the app makes of `image:NAME`, or of a manifest's `backing-image` and `encryption`. */
export interface CloneOptions {
  /** Name of the image that is copied, for people. */
  readonly name: string;
  /** Its file. */
  readonly path: string;
  /** Its SHA-512 as recorded; undefined where none is. The copy must have the same. */
  readonly checksum?: string | undefined;
}

/** Source `clone`: another image of the disk, byte by byte. */
export const clonePlugin: SourcePlugin<CloneOptions> = {
  contract: pluginContract,
  kind: 'source',
  type: 'clone',
  summary: 'Another image of the disk',
  options: { parse: parseOptions },
  open: ({ name, path, checksum }, { signal }) =>
    openFileSource(path, { description: `the image "${name}"`, checksum, signal }),
};

function parseOptions(value: unknown): CloneOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the options are not a table');
  const { name, path, checksum, encryption = 'ignore', ...rest } = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(rest)) {
    throw invalid(`there is no option "${key}"; known are name, path, checksum, encryption`);
  }
  if (typeof name !== 'string' || name === '') throw invalid('"name" is not the name of an image');
  if (typeof path !== 'string' || path === '') throw invalid('"path" is not a path');
  if (checksum !== undefined && (typeof checksum !== 'string' || !/^[0-9a-f]{128}$/.test(checksum))) {
    throw invalid('"checksum" is not a SHA-512 of 128 lower-case hex digits');
  }
  if (encryption === 'encrypt' || encryption === 'decrypt') {
    throw new BackupError(
      'SOURCE_INVALID',
      `the image "${name}" cannot be cloned with "encryption: ${encryption}" yet`,
      {
        remedy:
          'Use "encryption: ignore", which copies the bytes as they are; the other two come with a later version.',
      },
    );
  }
  if (encryption !== 'ignore') throw invalid('"encryption" is none of ignore, encrypt and decrypt');
  return { name, path, checksum };
}

function invalid(why: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `options of a clone: ${why}`, {
    remedy: 'Correct them; the README of the clone plugin lists every option.',
  });
}
