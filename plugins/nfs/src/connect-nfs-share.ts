import { lookup } from 'node:dns/promises';
import { refusal, type ShareDriver } from '@hayloft/share-store/process';
import { createNfsDriver } from './create-nfs-driver.ts';
import { loadLibNfs, type LibNfs } from './libnfs.ts';
import { NfsConnections } from './nfs-connections.ts';
import { errnoOf } from './nfs-error.ts';
import type { NfsSettings } from './nfs-settings.ts';

/** Mounts the export for this process alone, and says what is wrong so that it can be put right. */
export async function connectNfsShare(settings: NfsSettings): Promise<ShareDriver> {
  const library = await loadLibNfs(settings.library);
  const version = chooseVersion(settings, library);
  const connections = new NfsConnections(library, { ...settings, version, address: await addressOf(settings.host) });
  try {
    await connections.use(() => Promise.resolve());
  } catch (error) {
    throw mountRefusal(error, settings, version);
  }
  return createNfsDriver(library, connections, version === 4);
}

function chooseVersion({ version }: NfsSettings, { writesV4 }: LibNfs): 3 | 4 {
  if (version !== 4 || writesV4) return version ?? (writesV4 ? 4 : 3);
  throw refusal(
    'DEPENDENCY_MISSING',
    'libnfs 4 is installed, and it cannot write over NFSv4',
    'Set "vers=3" among the nfsOptions, install libnfs 5 (Debian 13: "apt install libnfs14"), or mount the share and set "mountedAt".',
  );
}

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw refusal(
      'STORE_UNAVAILABLE',
      `there is no host "${host}" (${errnoOf(error)})`,
      'Check the name of the server and the resolver of this machine.',
    );
  }
}

function mountRefusal(error: unknown, { host, path, port, mountPort }: NfsSettings, version: 3 | 4): Error {
  const why = Error.isError(error) ? error.message : String(error);
  switch (errnoOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return refusal(
        'ACCESS_DENIED',
        `"${host}" lets this machine not mount "${path}", or has no such export (${why})`,
        'Check the path and the hosts that the export is for. Many servers take requests only from the ports that root may use: run as root, or export with "insecure".',
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return refusal(
        'STORE_INVALID',
        `"${host}" has no export or folder "${path}" for this machine (${why})`,
        'Check the path against the exports of the server ("showmount -e"), and make the folder if the store is to be a new one.',
      );
    default: {
      const ports = [`${port ?? (version === 4 ? 2049 : 'its portmapper, 111')}`];
      if (version === 3) ports.push(`${mountPort ?? 'its portmapper, 111'}`);
      return refusal(
        'STORE_UNAVAILABLE',
        `"${host}" does not answer NFSv${version} at port ${[...new Set(ports)].join(' and ')} (${why})`,
        'Check that the server runs, speaks this version ("vers=") and can be reached; "port=" and "mountport=" spare the portmapper.',
      );
    }
  }
}
