import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Server, Site } from '../server.ts';

/** An SMB server of one user; every dialect from 2.0.2 to 3.1.1, and no guests. */
export interface SambaServerConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Share `share`: may be read and written; put yours into a folder of your own in it. */
  readonly root: string;
  /** Share `readonly`: the same folder, which may only be read. */
  readonly readOnlyShare: string;
  /** Share `encrypted`: the same folder, for clients that encrypt. */
  readonly encryptedShare: string;
  /** A share that the user may not open. */
  readonly closedShare: string;
  /** A share of 8 MiB; undefined where the machine does not let us mount one. */
  readonly smallShare: string | undefined;
}

export const sambaServer: Server<SambaServerConfig> = {
  name: 'samba',
  summary: 'Samba: shares to write, to read only, encrypted, closed and small',
  needs: [
    { program: 'smbd', package: 'samba' },
    { program: 'pdbedit', package: 'samba-common-bin' },
    { program: 'unshare', package: 'util-linux' },
  ],
  async start(site) {
    const path = (name: string): string => join(site.directory, name);
    // Samba wants a user of this machine; it changes to nobody else, so the server also runs without root.
    const user = userInfo().username;
    const password = 'straw & hay, ü';
    const port = await site.freePort();
    const hasSmall = await mayMount(site);
    for (const name of ['root', 'small', 'private', 'lock', 'state', 'cache', 'pid', 'ncalrpc']) {
      await mkdir(path(name));
    }
    await writeFile(path('smb.conf'), smbConf(path, port, user));
    await writeFile(path('password'), `${password}\n${password}\n`, { mode: 0o600 });
    await site.call('sh', ['-c', 'pdbedit -s smb.conf -a -t -u "$0" < password', user]);
    const smbd = `exec smbd --configfile=${path('smb.conf')} --foreground --no-process-group --debug-stdout`;
    // A mount of its own namespace vanishes with the server's last process.
    if (hasSmall) await site.run('unshare', ['-m', 'sh', '-c', `mount -t tmpfs -o size=8m none small && ${smbd}`]);
    else await site.run('sh', ['-c', smbd]);
    await site.untilListening(port);
    return {
      host: '127.0.0.1',
      port,
      user,
      password,
      root: path('root'),
      readOnlyShare: 'readonly',
      encryptedShare: 'encrypted',
      closedShare: 'closed',
      smallShare: hasSmall ? 'small' : undefined,
    };
  },
};

async function mayMount(site: Site): Promise<boolean> {
  return site.call('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /mnt']).then(
    () => true,
    () => false,
  );
}

const smbConf = (path: (name: string) => string, port: number, user: string): string => `
[global]
  server role = standalone server
  workgroup = WORKGROUP
  netbios name = HAYLOFT
  bind interfaces only = yes
  interfaces = 127.0.0.1
  smb ports = ${port}
  disable netbios = yes
  private dir = ${path('private')}
  lock directory = ${path('lock')}
  state directory = ${path('state')}
  cache directory = ${path('cache')}
  pid directory = ${path('pid')}
  ncalrpc dir = ${path('ncalrpc')}
  log file = ${path('samba.log')}
  passdb backend = tdbsam:${path('private/passdb.tdb')}
  map to guest = never
  server min protocol = SMB2_02
  load printers = no
  printing = bsd
  printcap name = /dev/null
  disable spoolss = yes
  rpc start on demand helpers = yes
  read only = no
  force user = ${user}
[share]
  path = ${path('root')}
[readonly]
  path = ${path('root')}
  read only = yes
[encrypted]
  path = ${path('root')}
  server smb encrypt = required
[closed]
  path = ${path('root')}
  valid users = nobody
[small]
  path = ${path('small')}
`;
