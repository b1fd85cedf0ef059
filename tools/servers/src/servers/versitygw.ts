import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificates } from '../certificates.ts';
import { goProgram } from '../go-program.ts';
import type { Server } from '../server.ts';

export interface VersityServerConfig {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** The same buckets over TLS, by a process of its own. */
  readonly tlsEndpoint: string;
  readonly caFile: string;
  /** The server's certificate alone, without its authority. */
  readonly certificateFile: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const program = goProgram('github.com/versity/versitygw/cmd/versitygw', 'v1.8.0');

export const versityServer: Server<VersityServerConfig> = {
  name: 'versitygw',
  summary: 'Versity S3 Gateway over a folder, plain and with TLS by an authority of its own',
  needs: [program, { program: 'openssl', package: 'openssl' }],
  async start(site) {
    const [port, tlsPort] = [await site.freePort(), await site.freePort()];
    const { caFile, certificateFile, keyFile } = await makeCertificates(site);
    const config: VersityServerConfig = {
      endpoint: `http://127.0.0.1:${port}`,
      tlsEndpoint: `https://127.0.0.1:${tlsPort}`,
      caFile,
      certificateFile,
      region: 'us-east-1',
      accessKeyId: 'hayloft',
      secretAccessKey: 'straw-and-hay',
    };
    const folder = join(site.directory, 'buckets');
    await mkdir(folder);
    const serve = (on: number, ...tls: readonly string[]): Promise<void> =>
      site.run(program.program, [
        ...['--port', `127.0.0.1:${on}`, '--region', config.region, '--quiet', '--keep-alive', ...tls],
        ...['--access', config.accessKeyId, '--secret', config.secretAccessKey, 'posix', folder],
      ]);
    await serve(port);
    await serve(tlsPort, '--cert', certificateFile, '--key', keyFile);
    await site.untilListening(port);
    await site.untilListening(tlsPort);
    return config;
  },
};
