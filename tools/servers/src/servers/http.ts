import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificates } from '../certificates.ts';
import type { Server } from '../server.ts';

/**
 * An HTTP origin. A file `a/b` below `root` is served at each of these paths:
 *
 * | path | how |
 * |---|---|
 * | `/a/b` | ranges, strong ETag |
 * | `/norange/a/b` | always whole |
 * | `/chunked/a/b` | whole and without a length |
 * | `/slow/a/b` | 1 MiB/s |
 * | `/private/a/b` | for `user` with `password` only |
 * | `/gzip/a/b` | claims to be gzip-encoded |
 * | `/page/a/b` | an HTML page instead |
 * | `/flaky/a/b` | 503 |
 * | `/elsewhere/a/b` | 302 to the same below `otherOrigin` |
 * | `/secure/a/b` | 302 to the same below `tlsOrigin` |
 * | `/plain/a/b` | 302 to the same below `origin` |
 * | `/loop/a/b` | 302 to itself |
 * | `/echo` | the Authorization header that arrived, as text |
 */
export interface HttpServerConfig {
  /** Folder of the files; put yours into a folder of your own in it. */
  readonly root: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The same server under another host name: `http://localhost:PORT`. */
  readonly otherOrigin: string;
  /** `https://127.0.0.1:PORT`, all paths again. */
  readonly tlsOrigin: string;
  readonly caFile: string;
  readonly user: string;
  readonly password: string;
}

export const httpServer: Server<HttpServerConfig> = {
  name: 'http',
  summary: 'nginx as an origin of files, in good and bad manners',
  needs: [
    { program: 'nginx', package: 'nginx' },
    { program: 'openssl', package: 'openssl' },
  ],
  async start(site) {
    const [port, tlsPort] = [await site.freePort(), await site.freePort()];
    const config: HttpServerConfig = {
      root: join(site.directory, 'root'),
      origin: `http://127.0.0.1:${port}`,
      otherOrigin: `http://localhost:${port}`,
      tlsOrigin: `https://127.0.0.1:${tlsPort}`,
      caFile: join(site.directory, 'ca.pem'),
      user: 'hayloft',
      password: 'straw & hay',
    };
    const { certificateFile, keyFile } = await makeCertificates(site);
    await mkdir(config.root);
    await writeFile(join(site.directory, 'passwords'), `${config.user}:{PLAIN}${config.password}\n`);
    const listen = `listen 127.0.0.1:${port}; listen 127.0.0.1:${tlsPort} ssl;
      ssl_certificate ${certificateFile}; ssl_certificate_key ${keyFile};`;
    const file = join(site.directory, 'nginx.conf');
    await writeFile(file, nginxConf(site.directory, listen, config));
    await site.run('nginx', ['-c', file, '-e', join(site.directory, 'error.log')]);
    await site.untilListening(tlsPort);
    return config;
  },
};

/** `sub_filter` may change the length of what it passes, so nginx then sends none: that makes `/chunked/`. */
const nginxConf = (directory: string, listen: string, config: HttpServerConfig): string => `
daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log ${directory}/error.log warn;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 512; }
http {
  access_log off; sendfile on; default_type application/octet-stream; server_tokens off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  server {
    ${listen} root ${config.root}; max_ranges 10;
    location /norange/ { alias ${config.root}/; max_ranges 0; }
    location /chunked/ { alias ${config.root}/; sub_filter 'no image holds this text' ''; sub_filter_types *; }
    location /slow/ { alias ${config.root}/; limit_rate 1m; }
    location /private/ { alias ${config.root}/; auth_basic hayloft; auth_basic_user_file ${directory}/passwords; }
    location /gzip/ { alias ${config.root}/; add_header Content-Encoding gzip; }
    location /page/ { default_type text/html; return 200 '<html><body>Please log in</body></html>'; }
    location /flaky/ { return 503; }
    location ~ ^/elsewhere/(.*)$ { return 302 ${config.otherOrigin}/$1; }
    location ~ ^/secure/(.*)$ { return 302 ${config.tlsOrigin}/$1; }
    location ~ ^/plain/(.*)$ { return 302 ${config.origin}/$1; }
    location /loop/ { return 302 $request_uri; }
    location = /echo { default_type text/plain; return 200 $http_authorization; }
  }
}
`;
