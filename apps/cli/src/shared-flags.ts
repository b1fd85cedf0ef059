import { Flags } from '@oclif/core';

/** A flag without a value: false where it is not given, not undefined. */
export const switchFlag = (about: { readonly summary: string; readonly char?: 'y'; readonly helpGroup?: string }) =>
  Flags.boolean({ default: false, ...about });

/** Flags that several commands have, each in the same words. */
export const credentialsFlag = Flags.string({
  helpValue: 'FILE',
  summary: 'File of KEY=VALUE lines, or a folder with one file a key, with the credentials of a target given as a URL.',
});

export const targetFlag = Flags.string({
  helpValue: 'TARGET',
  default: 'default',
  summary: 'Store of the backup: a name from the configuration, or a URL.',
});

export const concurrencyFlag = Flags.integer({
  helpValue: 'N',
  min: 1,
  max: 256,
  summary: 'Requests to a network store at once.',
});

export const compressionFlag = Flags.option({
  options: ['lz4', 'gzip', 'none'] as const,
  helpValue: 'METHOD',
  summary: 'How new blocks are packed (lz4, gzip, none); refused where the store has another method.',
})();

export const mixCompressionFlag = switchFlag({
  summary: "Allow a method that differs from the store's own; Longhorn then cannot read all of its backups.",
});

/** For all that deletes. */
export const confirmationFlags = {
  yes: switchFlag({ char: 'y', summary: 'Do not ask.' }),
  'dry-run': switchFlag({ summary: 'Only say what would be done.' }),
};
