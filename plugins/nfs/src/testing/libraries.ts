import { loadLibNfs } from '../libnfs.ts';

/** Where a libnfs 5 may be told to tests that the system's loader does not find: Debian 12 has libnfs 4 alone. */
const libnfs5 = process.env['HAYLOFT_TEST_LIBNFS5'];

type Version = readonly [version: 3 | 4, options: { readonly library?: string }];

/** The versions of NFS that can be tried here: v4 takes a libnfs 5, and is skipped without. */
export async function versionsHere(): Promise<Version[]> {
  if (libnfs5 !== undefined)
    return [
      [3, {}],
      [3, { library: libnfs5 }],
      [4, { library: libnfs5 }],
    ];
  const { writesV4 } = await loadLibNfs(undefined);
  if (writesV4)
    return [
      [3, {}],
      [4, {}],
    ];
  process.stderr.write('skipped: NFSv4 takes libnfs 5, and this system has libnfs 4\n');
  return [[3, {}]];
}
