import { makeCertificates, type Certificates } from '../certificates.ts';
import { npmProgram } from '../npm-program.ts';
import type { Server, Site } from '../server.ts';

export interface AzuriteServerConfig {
  /** `http://127.0.0.1:PORT`; the account's name is the first part of each path. */
  readonly endpoint: string;
  readonly account: string;
  /** Base64. */
  readonly key: string;
}

/** With the files of its certificate, so that a test can run one more server by the same authority. */
export type AzuriteTlsServerConfig = AzuriteServerConfig & Certificates;

/** The account that Azurite documents; its key is public. */
const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const program = npmProgram('azurite', '3.37.0', 'azurite-blob');

/** The API's version is checked, as the service does: a client must not ask for one newer than Azurite. */
export const azuriteServer: Server<AzuriteServerConfig> = {
  name: 'azurite',
  summary: "Azurite, Microsoft's emulator of Azure Blob Storage; all in memory",
  needs: [program],
  start: async (site) => ({ endpoint: `http://127.0.0.1:${await run(site, [])}`, account, key }),
};

/** Has storage of its own, apart from the other one's. */
export const azuriteTlsServer: Server<AzuriteTlsServerConfig> = {
  name: 'azurite-tls',
  summary: 'Azurite with TLS by an authority of its own; takes OAuth tokens, looking at their claims only',
  needs: [program, { program: 'openssl', package: 'openssl' }],
  async start(site) {
    const certificates = await makeCertificates(site);
    const { certificateFile, keyFile } = certificates;
    const port = await run(site, ['--cert', certificateFile, '--key', keyFile, '--oauth', 'basic']);
    return { endpoint: `https://127.0.0.1:${port}`, account, key, ...certificates };
  },
};

/** Resolves to its port. */
async function run(site: Site, args: readonly string[]): Promise<number> {
  const port = await site.freePort();
  await site.run(program.program, [
    ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--inMemoryPersistence'],
    ...['--silent', '--disableTelemetry', ...args],
  ]);
  await site.untilListening(port);
  return port;
}
