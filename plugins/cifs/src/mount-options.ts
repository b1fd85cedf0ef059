import { BackupError } from '@hayloft/engine';
import { allDialects } from './smb/negotiate.ts';

/** What the options of a mount mean where the share is not mounted. */
export interface MountOptions {
  readonly port: number;
  /** The SMB versions that may be spoken, by their number on the wire. */
  readonly dialects: readonly number[];
  /** Encrypt, whether the server asks for it or not. */
  readonly sealed: boolean;
  readonly readOnly: boolean;
  readonly domain: string | undefined;
  readonly username: string | undefined;
}

const from = (oldest: number): readonly number[] => allDialects.filter((dialect) => dialect >= oldest);

/** The values of `vers=`, as mount.cifs(8) has them. */
const versions: ReadonlyMap<string, readonly number[]> = new Map([
  ['default', from(0x0210)],
  ['2.0', [0x0202]],
  ['2.1', [0x0210]],
  ['3', from(0x0300)],
  ['3.0', [0x0300]],
  ['3.0.2', [0x0302]],
  ['3.02', [0x0302]],
  ['3.1.1', [0x0311]],
  ['3.11', [0x0311]],
]);

const secretNames = new Set(['pass', 'password', 'password2', 'cred', 'credentials']);
const userNames = new Set(['user', 'username']);
const securities = ['ntlmssp', 'ntlmsspi', 'ntlmv2', 'ntlmv2i'];

/** Options by which a kernel mounts, caches and shows files: they mean nothing to who does none of that. */
const kernelOnly = new Set(
  `rw soft hard rsize wsize bsize rasize actimeo acregmax acdirmax cache closetimeo echo_interval retrans max_credits
  handletimeout uid gid forceuid noforceuid forcegid noforcegid file_mode dir_mode iocharset serverino noserverino nounix
  unix linux posix noposix posixpaths noposixpaths mapchars nomapchars mapposix perm noperm dynperm nodynperm setuids
  nosetuids cifsacl nocifsacl idsfromsid modefromsid acl noacl nobrl brl forcemandatorylock locallease nolease
  mfsymlinks user_xattr nouser_xattr nostrictsync strictsync sign multichannel nomultichannel max_channels persistenthandles
  nopersistenthandles resilienthandles noresilienthandles sfu ignorecase nocase nohandlecache fsc nodfs netbiosname servern
  snapshot noblocksend noautotune sloppy cruid bind auto noauto user users _netdev nofail exec noexec dev nodev suid nosuid
  atime noatime relatime norelatime symlink reparse`.split(/\s+/),
);

/** `CONFIGURATION_INVALID` for options that hold a password or lead to one, mounted or not: a URL is no place for them. */
export function refuseSecrets(options: readonly string[]): void {
  for (const option of options) {
    const [name, value] = splitOption(option);
    if (secretNames.has(name) || (userNames.has(name) && value?.includes('%'))) {
      throw invalid(
        `"${name}=" holds a password or leads to one`,
        'Give CIFS_USERNAME and CIFS_PASSWORD as credentials.',
      );
    }
  }
}

/** Reads what follows `cifsOptions=`, without secrets; `CONFIGURATION_INVALID` for what nobody knows. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let result: MountOptions = {
    port: 445,
    dialects: versions.get('default')!,
    sealed: false,
    readOnly: false,
    domain: undefined,
    username: undefined,
  };
  for (const option of options) {
    const [name, value] = splitOption(option);
    result = { ...result, ...meaningOf(name, value) };
  }
  if (!result.sealed) return result;
  const dialects = result.dialects.filter((dialect) => dialect >= 0x0300);
  if (dialects.length > 0) return { ...result, dialects };
  throw invalid('SMB 2 has no encryption, which "seal" asks for', 'Leave out "vers=" or "seal".');
}

function splitOption(option: string): [name: string, value: string | undefined] {
  const at = option.indexOf('=');
  return at < 0 ? [option.trim(), undefined] : [option.slice(0, at).trim(), option.slice(at + 1)];
}

function meaningOf(name: string, value: string | undefined): Partial<MountOptions> {
  switch (name) {
    case '':
      return {};
    case 'port':
      return { port: parsePort(value) };
    case 'vers':
      return { dialects: parseVersion(value) };
    case 'seal':
      return { sealed: true };
    case 'ro':
      return { readOnly: true };
    case 'domain':
    case 'dom':
    case 'workgroup':
      return { domain: value ?? '' };
    case 'user':
    case 'username':
      if (value === undefined) return {}; // `user` alone says who may mount
      return { username: value };
    case 'sec':
      if (value !== undefined && securities.includes(value)) return {};
      throw invalid(
        `"sec=${value ?? ''}" takes a mounted share`,
        'Leave it out for NTLM, or mount the share and set "mountedAt".',
      );
    case 'guest':
      throw invalid(
        'guests are not supported: nothing protects their sessions',
        'Give CIFS_USERNAME and CIFS_PASSWORD.',
      );
    default:
      if (kernelOnly.has(name)) return {};
      throw invalid(`there is no option "${name}"`, 'Look it up in mount.cifs(8), or leave it out.');
  }
}

function parsePort(value: string | undefined): number {
  const port = Number(value);
  if (value !== undefined && /^\d{1,5}$/.test(value) && port >= 1 && port <= 65535) return port;
  throw invalid(`"port=${value ?? ''}" is no port`, 'Write a number from 1 to 65535.');
}

function parseVersion(value: string | undefined): readonly number[] {
  const dialects = versions.get(value ?? '');
  if (dialects !== undefined) return dialects;
  throw invalid(
    `"vers=${value ?? ''}" is no SMB version that is spoken here`,
    `Choose one of ${[...versions.keys()].join(', ')}.`,
  );
}

function invalid(why: string, remedy: string): BackupError {
  return new BackupError('CONFIGURATION_INVALID', `cifsOptions: ${why}`, { remedy });
}
