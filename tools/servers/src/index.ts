export { install } from './install.ts';
export { makeCertificates, type Certificates } from './certificates.ts';
export type { Need, Server, Site } from './server.ts';
export type { HttpServerConfig } from './servers/http.ts';
export { servers, type Servers } from './servers/index.ts';
export type { ProxyServerConfig } from './servers/proxy.ts';
export type { SambaServerConfig } from './servers/samba.ts';
export { hasServers, useServer, type ConfigOf, type UsedServer } from './use-server.ts';
