import { apacheDavServer } from './apache-dav.ts';
import { azuriteServer, azuriteTlsServer } from './azurite.ts';
import { cephServer } from './ceph.ts';
import { ganeshaServer } from './ganesha.ts';
import { httpServer } from './http.ts';
import { nginxDavServer } from './nginx-dav.ts';
import { proxyServer } from './proxy.ts';
import { sambaServer } from './samba.ts';
import { versityServer } from './versitygw.ts';

/** Every server there is. To add one, write its file and name it here. */
export const servers = {
  'apache-dav': apacheDavServer,
  'azurite-tls': azuriteTlsServer,
  'nginx-dav': nginxDavServer,
  azurite: azuriteServer,
  ceph: cephServer,
  ganesha: ganeshaServer,
  http: httpServer,
  proxy: proxyServer,
  samba: sambaServer,
  versitygw: versityServer,
} as const;
export type Servers = typeof servers;

/** The server to start for whoever only names a protocol. */
export const serverOfProtocol = {
  s3: 'ceph',
  azure: 'azurite',
  nfs: 'ganesha',
  cifs: 'samba',
  smb: 'samba',
  webdav: 'apache-dav',
} as const satisfies Readonly<Record<string, keyof Servers>>;
