type Version = readonly [version: 3 | 4, options: { readonly library?: string }];

/** Each version of NFS with a library that speaks it: Debian 12's own writes over v3 alone. */
export const versionsWith = (libnfs5: string): readonly Version[] => [
  [3, {}],
  [4, { library: libnfs5 }],
];
