import { httpServer } from './http.ts';
import { proxyServer } from './proxy.ts';

/** Every server there is. To add one, write its file and name it here. */
export const servers = { http: httpServer, proxy: proxyServer } as const;
export type Servers = typeof servers;
