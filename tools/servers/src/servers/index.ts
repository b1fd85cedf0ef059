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
