import { BackupError } from '@hayloft/engine';
import type { NfsSettings } from './nfs-settings.ts';

/** What the options of a mount mean where the share is not mounted. */
export interface MountOptions extends Pick<NfsSettings, 'version' | 'port' | 'mountPort' | 'timeoutMs'> {
  readonly readOnly: boolean;
}

/** What Longhorn adds where it is missing. `timeo` is in tenths of a second. */
const added = ['soft', 'timeo=300', 'retry=2'];

/**
 * The options as Longhorn amends them: a share that waits for its server for ever (`hard`) would stop a backup for ever.
 * Lists with commas and repeated options are one.
 */
export function amendMountOptions(options: readonly string[]): string[] {
  const given = options
    .flatMap((option) => option.split(','))
    .map((option) => option.trim())
    .filter((option) => option !== '' && option !== 'hard');
  const names = given.map(nameOf);
  return [...given, ...added.filter((option) => !names.includes(nameOf(option)))];
}

const nameOf = (option: string): string => option.split('=', 1)[0]!;

/** By the values of `vers=`. libnfs speaks of v4 the first edition, which servers of the later ones understand too. */
const versions: ReadonlyMap<string, 3 | 4> = new Map([
  ['3', 3],
  ['4', 4],
  ['4.0', 4],
  ['4.1', 4],
  ['4.2', 4],
]);

/**
 * Options by which a kernel mounts, waits, repeats, caches and locks: nothing here does, the engine alone repeats calls.
 */
const kernelOnly = new Set(
  `rw soft softerr softreval nosoftreval retry retrans rsize wsize bsize actimeo acregmin acregmax acdirmin acdirmax ac noac
  cto nocto lookupcache sharecache nosharecache lock nolock local_lock intr nointr bg fg resvport noresvport nconnect
  max_connect trunkdiscovery notrunkdiscovery clientaddr migration nomigration fsc nofsc rdirplus nordirplus acl noacl sync
  async posix tcp mountvers mountproto namlen write xprtsec bind auto noauto user users _netdev nofail exec noexec dev nodev
  suid nosuid atime noatime diratime nodiratime relatime norelatime context fscontext defcontext rootcontext defaults
  `.split(/\s+/),
);

/** Reads what follows `nfsOptions=`; `CONFIGURATION_INVALID` for what nobody knows or only a mount can do. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let result: MountOptions = {
    version: undefined,
    port: undefined,
    mountPort: undefined,
    timeoutMs: 0,
    readOnly: false,
  };
  for (const option of amendMountOptions(options)) result = { ...result, ...meaningOf(option) };
  return result;
}

function meaningOf(option: string): Partial<MountOptions> {
  const name = nameOf(option);
  const value = option.slice(name.length + 1);
  switch (name) {
    case 'vers':
    case 'nfsvers':
      return { version: parseVersion(option, value) };
    case 'v3':
    case 'v4':
    case 'v4.0':
    case 'v4.1':
    case 'v4.2':
      return { version: parseVersion(option, name.slice(1)) };
    case 'port':
    case 'nfsport':
      return { port: parseNumber(option, value, 65_535) };
    case 'mountport':
      return { mountPort: parseNumber(option, value, 65_535) };
    case 'timeo':
      // A day at most: what waits longer waits for ever.
      return { timeoutMs: 100 * parseNumber(option, value, 864_000) };
    case 'ro':
      return { readOnly: true };
    case 'sec':
      if (value === 'sys') return {};
      throw onlyMounted(option, 'Leave it out for the numbers of user and group (sys)');
    case 'proto':
      if (value === 'tcp' || value === 'tcp6') return {};
      throw onlyMounted(option, 'Leave it out for TCP');
    default:
      if (kernelOnly.has(name)) return {};
      throw invalid(`"${option}" is not allowed`, `Leave it out, or mount the share and set "mountedAt".`);
  }
}

function parseVersion(option: string, value: string): 3 | 4 {
  const version = versions.get(value);
  if (version !== undefined) return version;
  throw invalid(
    `"${option}" names no version of NFS that is spoken here`,
    `Choose ${[...versions.keys()].join(', ')}.`,
  );
}

function parseNumber(option: string, value: string, max: number): number {
  const number = Number(value);
  if (/^\d{1,9}$/.test(value) && number >= 1 && number <= max) return number;
  throw invalid(`"${option}" is no number that it may be`, `Write a number from 1 to ${max}.`);
}

function onlyMounted(option: string, otherwise: string): BackupError {
  return invalid(`"${option}" takes a mounted share`, `${otherwise}, or mount the share and set "mountedAt".`);
}

function invalid(why: string, remedy: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `nfsOptions: ${why}`, { remedy });
}
