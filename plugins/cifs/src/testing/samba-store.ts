import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, silentLogger, type BackupStore, type PluginContext } from '@hayloft/engine';
import { useServer, type SambaServerConfig } from '@hayloft/tool-servers';
import { cifsPlugin } from '../cifs-plugin.ts';

export interface SambaOpening {
  readonly share?: string;
  readonly folder?: string;
  readonly host?: string;
  readonly port?: number;
  readonly mountOptions?: readonly string[];
  readonly mountedAt?: string;
  readonly username?: string;
  readonly password?: string;
  readonly signal?: AbortSignal;
}

/** A folder of its own on Samba's share, and stores in it. */
export interface SambaFolder extends AsyncDisposable {
  readonly server: SambaServerConfig;
  readonly name: string;
  /** The folder as the server sees it. */
  readonly path: string;
  open(opening?: SambaOpening): Promise<BackupStore>;
}

export async function useSambaFolder(): Promise<SambaFolder> {
  const used = await useServer('samba');
  const server = used.config;
  const name = `test-${randomUUID()}`;
  const path = join(server.root, name);
  mkdirSync(path);
  return {
    server,
    name,
    path,
    open({ mountOptions = [], username, password, signal = new AbortController().signal, ...opening } = {}) {
      const { port = server.port, ...place } = opening;
      const context: PluginContext = {
        signal,
        logger: silentLogger,
        credentials: new Map([
          ['CIFS_USERNAME', new Secret(username ?? server.user)],
          ['CIFS_PASSWORD', new Secret(password ?? server.password)],
        ]),
      };
      const options = { host: server.host, share: 'share', folder: name, ...place };
      return cifsPlugin.open(
        cifsPlugin.options.parse({ ...options, mountOptions: [`port=${port}`, ...mountOptions] }),
        context,
      );
    },
    async [Symbol.asyncDispose]() {
      rmSync(path, { recursive: true, force: true });
      await used[Symbol.asyncDispose]();
    },
  };
}
