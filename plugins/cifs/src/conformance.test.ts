import { mkdirSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, jest, test } from '@jest/globals';
import { Secret, silentLogger, type BackupStore, type PluginContext } from '@hayloft/engine';
import { storeCases } from '@hayloft/engine/conformance';
import { hasServers, useServer, type SambaServerConfig, type UsedServer } from '@hayloft/tool-servers';
import { cifsPlugin } from './cifs-plugin.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(60_000);
const { signal } = new AbortController();
const describeWithServers = (await hasServers('samba')) ? describe : describe.skip;

const versions = ['2.0', '3.0', '3.1.1'];

describeWithServers.each([
  ...versions.map((version) => [`SMB ${version}`, 'share', `vers=${version}`] as const),
  ['encrypted SMB 3.1.1', 'encrypted', 'vers=3.1.1'] as const,
])('a store on a share of Samba keeps every promise by %s', (_, share, options) => {
  let server: UsedServer<SambaServerConfig>;
  const folder = `conformance-${randomUUID()}`;
  beforeAll(async () => {
    server = await useServer('samba');
    mkdirSync(join(server.config.root, folder));
  });
  afterAll(async () => {
    rmSync(join(server.config.root, folder), { recursive: true });
    await server[Symbol.asyncDispose]();
  });

  const open = (): Promise<BackupStore> => {
    const { host, port, user, password } = server.config;
    const context: PluginContext = {
      signal,
      logger: silentLogger,
      credentials: new Map([
        ['CIFS_USERNAME', new Secret(user)],
        ['CIFS_PASSWORD', new Secret(password)],
      ]),
    };
    return cifsPlugin.open(
      cifsPlugin.options.parse({ host, share, folder, mountOptions: [`port=${port}`, options] }),
      context,
    );
  };
  for (const { name, run } of storeCases) test(name, () => run(open, { signal }));
});
