import { mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { makeCertificates } from '../certificates.ts';
import type { Server, Site } from '../server.ts';

/**
 * Apache's mod_dav. A file `a/b` below `root` is at each of these paths:
 *
 * | path | who may |
 * |---|---|
 * | `/plain/a/b` | everybody |
 * | `/basic/a/b`, `/digest/a/b` | `user` with `password` |
 * | `/bearer/a/b` | who has `token` |
 * | `/readonly/a/b` | everybody, but only read |
 * | `/limited/a/b` | everybody, but no more than 1 MiB at once |
 * | `/moved/a/b` | is sent to the same below `/plain` |
 * | `/page/a/b` | gets an HTML page instead |
 */
export interface ApacheDavServerConfig {
  /** Folder of the files; put yours into a folder of your own in it. */
  readonly root: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `https://127.0.0.1:PORT`, all paths again. */
  readonly tlsOrigin: string;
  readonly caFile: string;
  readonly user: string;
  readonly password: string;
  readonly token: string;
}

export const apacheDavServer: Server<ApacheDavServerConfig> = {
  name: 'apache-dav',
  summary: 'Apache mod_dav: open, with a password (basic, digest), with a token, read-only',
  needs: [
    { program: 'apache2', package: 'apache2-bin' },
    { program: 'openssl', package: 'openssl' },
  ],
  async start(site) {
    const [port, tlsPort] = [await site.freePort(), await site.freePort()];
    const config: ApacheDavServerConfig = {
      root: join(site.directory, 'root'),
      origin: `http://127.0.0.1:${port}`,
      tlsOrigin: `https://127.0.0.1:${tlsPort}`,
      caFile: join(site.directory, 'ca.pem'),
      user: 'häyloft',
      password: 'straw & "hay"',
      token: 'bale.of-hay_1',
    };
    await makeCertificates(site);
    for (const folder of ['root', 'locks']) await mkdir(join(site.directory, folder));
    const { user, password } = config;
    const sha1 = createHash('sha1').update(password).digest('base64');
    const ha1 = createHash('md5').update(`${user}:hay & barn:${password}`).digest('hex');
    await writeFile(join(site.directory, 'basic'), `${user}:{SHA}${sha1}\n`);
    await writeFile(join(site.directory, 'digest'), `${user}:hay & barn:${ha1}\n`);
    const file = join(site.directory, 'httpd.conf');
    await writeFile(file, httpdConf(site.directory, [port, tlsPort], config));
    await runUnprivileged(site, 'apache2', ['-f', file, '-DFOREGROUND']);
    await site.untilListening(tlsPort);
    return config;
  },
};

/**
 * Apache refuses to serve as root, and nobody else may enter our folders: it runs as Debian's `www-data`, which may
 * look into every folder here.
 */
async function runUnprivileged(site: Site, program: string, args: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return site.run(program, args);
  const who = ['--reuid=33', '--regid=33', '--clear-groups'];
  const rights = ['--inh-caps=+dac_override,+fowner', '--ambient-caps=+dac_override,+fowner'];
  await site.run('setpriv', [...who, ...rights, program, ...args]);
}

const modules = [
  ...['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'auth_digest'],
  ...['alias', 'dav', 'dav_fs', 'ssl'],
];

const httpdConf = (directory: string, [port, tlsPort]: readonly number[], config: ApacheDavServerConfig): string => `
ServerRoot ${directory}
ServerName localhost
Listen 127.0.0.1:${port}
Listen 127.0.0.1:${tlsPort} https
PidFile ${directory}/httpd.pid
DefaultRuntimeDir ${directory}
ErrorLog ${directory}/error.log
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
StartServers 1
ThreadsPerChild 25
KeepAliveTimeout 30
MaxKeepAliveRequests 0
EnableSendfile On
DavLockDB ${directory}/locks/DavLock
<VirtualHost 127.0.0.1:${tlsPort}>
  SSLEngine on
  SSLCertificateFile ${directory}/server.pem
  SSLCertificateKeyFile ${directory}/server.key
  ${areas(config)}
</VirtualHost>
<VirtualHost 127.0.0.1:${port}>
  ${areas(config)}
</VirtualHost>
<Directory ${config.root}>
  Require all granted
</Directory>
<Location /basic>
  AuthType Basic
  AuthName "hay & barn"
  AuthUserFile ${directory}/basic
  Require valid-user
</Location>
<Location /digest>
  AuthType Digest
  AuthName "hay & barn"
  AuthUserFile ${directory}/digest
  Require valid-user
</Location>
<Location /bearer>
  Require expr "%{HTTP:Authorization} == 'Bearer ${config.token}'"
</Location>
<Location /readonly>
  <LimitExcept GET HEAD OPTIONS PROPFIND>
    Require all denied
  </LimitExcept>
</Location>
<Location /limited>
  LimitRequestBody 1048576
</Location>
`;

const areas = ({ root }: ApacheDavServerConfig): string => `
  ${['plain', 'basic', 'digest', 'bearer', 'readonly', 'limited'].map((area) => `Alias /${area} ${root}`).join('\n  ')}
  RedirectMatch 302 ^/moved/(.*)$ /plain/$1
  RedirectMatch 200 ^/page/
  ErrorDocument 200 "<html><body>Please log in</body></html>"
  <Location />
    Dav On
    DavDepthInfinity off
  </Location>
`;
