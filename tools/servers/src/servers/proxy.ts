import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Server } from '../server.ts';

export interface ProxyServerConfig {
  /** `http://127.0.0.1:PORT`; without a password it refuses. */
  readonly origin: string;
  /** The same with user and password. */
  readonly url: string;
  /** Its log: one line names each request (`CONNECT` for tunnels). */
  readonly logFile: string;
}

export const proxyServer: Server<ProxyServerConfig> = {
  name: 'proxy',
  summary: 'tinyproxy, a forward proxy that asks for a password',
  needs: [{ program: 'tinyproxy', package: 'tinyproxy-bin' }],
  async start(site) {
    const port = await site.freePort();
    const [user, password] = ['hayloft', 'straw'];
    const logFile = join(site.directory, 'requests.log');
    const file = join(site.directory, 'tinyproxy.conf');
    await writeFile(
      file,
      [
        `Port ${port}`,
        'Listen 127.0.0.1',
        'Allow 127.0.0.1',
        `BasicAuth ${user} ${password}`,
        `LogFile "${logFile}"`,
        'LogLevel Connect',
        'Timeout 60',
        'MaxClients 100',
        '',
      ].join('\n'),
    );
    await site.run('tinyproxy', ['-d', '-c', file]);
    await site.untilListening(port);
    return {
      origin: `http://127.0.0.1:${port}`,
      url: `http://${user}:${password}@127.0.0.1:${port}`,
      logFile,
    };
  },
};
