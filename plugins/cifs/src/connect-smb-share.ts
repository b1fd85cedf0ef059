import { refusal } from '@hayloft/share-store/process';
import { toSharePath } from './share-path.ts';
import { Connection } from './smb/connection.ts';
import { logIn, SmbRefusal } from './smb/log-in.ts';
import { access } from './smb/smb-file.ts';
import { openTree, type SmbShare } from './smb/smb-share.ts';
import { SmbStatusError } from './smb/status.ts';
import type { SmbSettings } from './smb-settings.ts';

export interface ConnectedShare {
  readonly share: SmbShare;
  /** The file system's number of the store's folder. */
  readonly folderNumber: bigint;
}

/** Opens the share and looks at the store's folder. Every failure is a refusal that says what to do. */
export async function connectSmbShare(settings: SmbSettings): Promise<ConnectedShare> {
  const { host, port, share: name } = settings;
  const connection = await Connection.open(host, port).catch((error: unknown) => {
    throw unreachable(settings, error);
  });
  try {
    const { domain, username, password, dialects, sealed } = settings;
    const negotiated = await logIn(connection, { host, dialects, credentials: { domain, username, password } }).catch(
      (error: unknown) => {
        throw refusedLogIn(settings, error);
      },
    );
    const share = await openTree(connection, negotiated, { host, share: name, sealed }).catch((error: unknown) => {
      throw refusedShare(settings, error);
    });
    return { share, folderNumber: await folderNumber(share, settings) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function folderNumber(share: SmbShare, { folder, share: name }: SmbSettings): Promise<bigint> {
  try {
    const how = { access: access.readAttributes, disposition: 'open', kind: 'folder' } as const;
    const root = await share.open(toSharePath(folder, '/'), how, `"${folder}"`);
    const number = await root.fileNumber();
    await root.close();
    return number;
  } catch (error) {
    const place = folder === '' ? `share "${name}"` : `folder "${folder}" of share "${name}"`;
    switch (codeOf(error)) {
      case 'ENOENT':
        return refuse('STORE_INVALID', `there is no ${place}`, 'Check the path, or make the folder for a new store.');
      case 'ENOTDIR':
      case 'EINVAL':
        return refuse(
          'STORE_INVALID',
          `"${folder}" is no folder`,
          'Name the folder in which the store is, not a file.',
        );
      case 'EREMOTE':
      case 'ELOOP':
        return refuse(
          'STORE_INVALID',
          `the ${place} is a link to another place (DFS or a symbolic link)`,
          'Name the server, share and folder that it leads to, or mount it and set "mountedAt".',
        );
      case 'EACCES':
        return refuse('ACCESS_DENIED', `the user may not open the ${place}`, 'Grant the user access to the folder.');
      default:
        throw error;
    }
  }
}

function unreachable({ host, port }: SmbSettings, error: unknown): Error {
  const why: Readonly<Record<string, string>> = {
    ENOTFOUND: 'there is no such host',
    EAI_AGAIN: 'the name server does not answer',
    ECONNREFUSED: 'nothing listens there',
    ETIMEDOUT: 'it does not answer',
    EHOSTUNREACH: 'no way leads there',
    ENETUNREACH: 'no way leads there',
  };
  const code = codeOf(error) ?? 'unknown error';
  return refusal(
    'STORE_UNAVAILABLE',
    `${host}, port ${port}, cannot be reached: ${why[code] ?? code}`,
    'Check the host’s name, that its SMB service runs and that no firewall is between; another port goes into "port=".',
  );
}

function refusedLogIn({ host, username }: SmbSettings, error: unknown): unknown {
  if (error instanceof SmbRefusal) return refusedServer(host, error);
  if (!(error instanceof SmbStatusError)) return error;
  if (error.code === 'ELOGIN' || error.code === 'EACCES' || error.code === 'EINVAL') {
    return refusal(
      'ACCESS_DENIED',
      `${host} does not let user "${username}" in: ${error.reason}`,
      'Check CIFS_USERNAME and CIFS_PASSWORD, and "domain=" if the user is one of a domain.',
    );
  }
  return error;
}

function refusedShare({ host, share, username, sealed }: SmbSettings, error: unknown): unknown {
  if (error instanceof SmbRefusal) return refusedServer(host, error);
  if (!(error instanceof SmbStatusError)) return error;
  if (error.code === 'ESHARE') {
    return refusal('STORE_INVALID', `${host} has no share "${share}" for files`, 'Check the name of the share.');
  }
  if (error.code === 'EACCES') {
    const encryption = sealed ? '' : ', and leave out "vers=" where the share wants encryption';
    return refusal(
      'ACCESS_DENIED',
      `user "${username}" may not open share "${share}" of ${host}`,
      `Grant the user access to the share${encryption}.`,
    );
  }
  return error;
}

function refusedServer(host: string, { kind, message }: SmbRefusal): Error {
  const why = `${host} cannot be used: ${message}`;
  switch (kind) {
    case 'dialect':
      return refusal(
        'CONFIGURATION_INVALID',
        why,
        'Allow SMB 3 with NTLM there, or mount the share and set "mountedAt".',
      );
    case 'guest':
      return refusal('ACCESS_DENIED', why, 'Give CIFS_USERNAME and CIFS_PASSWORD of a user that the server knows.');
    case 'forged':
      return refusal('ACCESS_DENIED', why, 'Find out who is between this machine and the server.');
  }
}

function refuse(...args: Parameters<typeof refusal>): never {
  throw refusal(...args);
}

const codeOf = (error: unknown): string | undefined => (error as { code?: string }).code;
