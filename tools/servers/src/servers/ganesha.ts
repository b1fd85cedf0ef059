import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { libnfs5 } from '../libnfs5.ts';
import type { Server, Site } from '../server.ts';

/** An NFS server, v3 and v4.0 to 4.2, over TCP. */
export interface GaneshaServerConfig {
  readonly host: string;
  /** Of NFS itself; v4 needs nothing else. */
  readonly port: number;
  /** Of v3's mount protocol: there is no portmapper to ask. */
  readonly mountPort: number;
  /** The folder behind `/export` and `/readonly`; put yours into a folder of your own in it. */
  readonly root: string;
  /** May be read and written, also by root. */
  readonly export: '/export';
  /** The same folder, to be read only. */
  readonly readOnlyExport: '/readonly';
  /** For another host than this one. */
  readonly closedExport: '/closed';
  /** Takes root for nobody, who may do nothing there. */
  readonly squashedExport: '/squashed';
  /** Has room for 8 MiB. */
  readonly smallExport: '/small';
  /** Holds the number of the server's process, for tests that stop it for a while. */
  readonly pidFile: string;
}

export const ganeshaServer: Server<GaneshaServerConfig> = {
  name: 'ganesha',
  summary: 'NFS-Ganesha: exports to write, to read only, closed and small, by NFSv3 and v4',
  needs: [
    { program: 'ganesha.nfsd', package: 'nfs-ganesha' },
    { program: '/usr/lib/x86_64-linux-gnu/ganesha/libfsalvfs.so', package: 'nfs-ganesha-vfs' },
    { program: '/usr/lib/x86_64-linux-gnu/libnfs.so.13', package: 'libnfs13' }, // what Hayloft speaks NFS with
    libnfs5,
    { program: 'cmake', package: 'cmake' },
    { program: 'rpcbind', package: 'rpcbind' },
    { program: 'unshare', package: 'util-linux' },
  ],
  async obstacle() {
    // Its folders are opened by handle, and its portmapper needs mounts of its own: both are root's.
    try {
      await promisify(execFile)('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /mnt']);
      return undefined;
    } catch {
      return 'an NFS server needs root and mounts of its own';
    }
  },
  async start(site) {
    const [port, mountPort] = [await site.freePort(), await site.freePort()];
    const root = join(site.directory, 'root');
    for (const name of ['root', 'small', 'closed', 'squashed', 'recovery']) await mkdir(join(site.directory, name));
    await chmod(root, 0o777);
    await chmod(join(site.directory, 'squashed'), 0o700);
    const config: GaneshaServerConfig = {
      host: '127.0.0.1',
      port,
      mountPort,
      root,
      export: '/export',
      readOnlyExport: '/readonly',
      closedExport: '/closed',
      squashedExport: '/squashed',
      smallExport: '/small',
      pidFile: join(site.directory, 'ganesha.pid'),
    };
    await writeFile(join(site.directory, 'ganesha.conf'), ganeshaConf(site, config));
    await writeFile(join(site.directory, 'netconfig'), 'local tpi_cots_ord - loopback - - -\n');
    await writeFile(join(site.directory, 'start.sh'), startScript(site.directory, config.pidFile));
    await site.run('unshare', ['-m', 'sh', join(site.directory, 'start.sh')]);
    await site.untilListening(mountPort);
    await site.untilListening(port);
    return config;
  },
};

/**
 * Ganesha wants to register v3 with a portmapper, and Debian's opens port 111 of every address unless it is told that
 * there is no network. So it gets one on a socket in a `/run` of its own, which nobody else sees and which vanishes with
 * the server's last process. The site may lie in `/run` itself and is moved across.
 */
const startScript = (site: string, pidFile: string): string => `set -e
mount -t tmpfs -o size=8m none '${site}/small'
mount --rbind '${site}' /mnt
mount -t tmpfs none /run
mkdir -p '${site}' /run/rpcbind
mount --move /mnt '${site}'
unshare -m sh -c "mount --bind '${site}/netconfig' /etc/netconfig && exec rpcbind -f" &
for _ in $(seq 500); do [ -S /run/rpcbind.sock ] && break; sleep 0.02; done
exec ganesha.nfsd -F -L /dev/stdout -f '${site}/ganesha.conf' -p '${pidFile}'
`;

/**
 * `Pseudo` names the exports for v4, and with `Mount_Path_Pseudo` for v3 as well. Nothing is cached: tests look at the folders
 * behind the exports, and change them.
 */
const ganeshaConf = (site: Site, { port, mountPort, root, ...config }: GaneshaServerConfig): string => `
NFS_CORE_PARAM {
  Protocols = 3, 4; Enable_UDP = false; Bind_addr = 127.0.0.1; NFS_Port = ${port}; MNT_Port = ${mountPort};
  Enable_NLM = false; Enable_RQUOTA = false; NSM_Use_Caller_Name = false; Mount_Path_Pseudo = true;
}
NFSv4 { Graceless = true; RecoveryBackend = fs; RecoveryRoot = "${site.directory}/recovery"; Only_Numeric_Owners = true; }
MDCACHE { Dir_Chunk = 0; }
EXPORT_DEFAULTS {
  Access_Type = RW; Squash = No_Root_Squash; SecType = sys; Protocols = 3, 4; Transports = TCP; Attr_Expiration_Time = 0;
}
EXPORT { Export_Id = 1; Path = "${root}"; Pseudo = ${config.export}; FSAL { Name = VFS; } }
EXPORT { Export_Id = 2; Path = "${root}"; Pseudo = ${config.readOnlyExport}; Access_Type = RO; FSAL { Name = VFS; } }
EXPORT {
  Export_Id = 3; Path = "${site.directory}/closed"; Pseudo = ${config.closedExport}; FSAL { Name = VFS; }
  Access_Type = None; CLIENT { Clients = 192.0.2.1; Access_Type = RW; }
}
EXPORT { Export_Id = 4; Path = "${site.directory}/small"; Pseudo = ${config.smallExport}; FSAL { Name = VFS; } }
EXPORT {
  Export_Id = 5; Path = "${site.directory}/squashed"; Pseudo = ${config.squashedExport}; FSAL { Name = VFS; }
  Squash = Root_Squash;
}
NFS_KRB5 { Active_krb5 = false; }
LOG { Default_Log_Level = WARN; }
`;
