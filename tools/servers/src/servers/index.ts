import { httpServer } from './http.ts';
import { proxyServer } from './proxy.ts';
import { sambaServer } from './samba.ts';

/** Every server there is. To add one, write its file and name it here. */
export const servers = { http: httpServer, proxy: proxyServer, samba: sambaServer } as const;
export type Servers = typeof servers;
