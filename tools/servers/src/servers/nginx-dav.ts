import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificates } from '../certificates.ts';
import type { Server } from '../server.ts';

/**
 * nginx with its two WebDAV modules, whose manners are others than Apache's: it ignores `If-None-Match`, shows no ETag in
 * a listing, and knows a collection by the slash at its end only. A file `a/b` below `root` is at each of these paths:
 *
 * | path | who may |
 * |---|---|
 * | `/plain/a/b` | everybody |
 * | `/basic/a/b` | `user` with `password` |
 * | `/readonly/a/b` | everybody, but only read |
 * | `/limited/a/b` | everybody, but no more than 1 MiB at once, as nginx comes |
 */
export interface NginxDavServerConfig {
  /** Folder of the files; put yours into a folder of your own in it. */
  readonly root: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `https://127.0.0.1:PORT`, all paths again. */
  readonly tlsOrigin: string;
  readonly caFile: string;
  readonly user: string;
  readonly password: string;
}

const davModule = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so';

export const nginxDavServer: Server<NginxDavServerConfig> = {
  name: 'nginx-dav',
  summary: 'nginx with WebDAV: open, with a password, read-only, with its limit of 1 MiB',
  needs: [
    { program: 'nginx', package: 'nginx' },
    { program: davModule, package: 'libnginx-mod-http-dav-ext' },
    { program: 'openssl', package: 'openssl' },
  ],
  async start(site) {
    const [port, tlsPort] = [await site.freePort(), await site.freePort()];
    const config: NginxDavServerConfig = {
      root: join(site.directory, 'root'),
      origin: `http://127.0.0.1:${port}`,
      tlsOrigin: `https://127.0.0.1:${tlsPort}`,
      caFile: join(site.directory, 'ca.pem'),
      user: 'hayloft',
      password: 'straw & hay',
    };
    await makeCertificates(site);
    await mkdir(config.root);
    await writeFile(join(site.directory, 'passwords'), `${config.user}:{PLAIN}${config.password}\n`);
    const file = join(site.directory, 'nginx.conf');
    await writeFile(file, nginxConf(site.directory, [port, tlsPort], config));
    await site.run('nginx', ['-c', file, '-e', join(site.directory, 'error.log')]);
    await site.untilListening(tlsPort);
    return config;
  },
};

const nginxConf = (directory: string, [port, tlsPort]: readonly number[], { root }: NginxDavServerConfig): string => `
load_module ${davModule};
daemon off; worker_processes 2; pid ${directory}/nginx.pid; error_log ${directory}/error.log warn;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 512; }
http {
  access_log off; default_type application/octet-stream; server_tokens off; keepalive_requests 100000;
  dav_ext_lock_zone zone=locks:1m;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port}; listen 127.0.0.1:${tlsPort} ssl;
    ssl_certificate ${directory}/server.pem; ssl_certificate_key ${directory}/server.key;
    location /plain/ { alias ${root}/; client_max_body_size 0; ${writable} }
    location /basic/ {
      alias ${root}/; client_max_body_size 0; ${writable}
      auth_basic hayloft; auth_basic_user_file ${directory}/passwords;
    }
    location /readonly/ { alias ${root}/; client_max_body_size 0; dav_ext_methods PROPFIND OPTIONS; }
    location /limited/ { alias ${root}/; ${writable} }
  }
}
`;

const writable = `dav_methods PUT DELETE MKCOL COPY MOVE; dav_access user:rw;
      dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK; dav_ext_lock zone=locks;`;
