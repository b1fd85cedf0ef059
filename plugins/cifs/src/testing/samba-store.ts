import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, silentLogger, type BackupStore, type PluginContext } from '@hayloft/engine';
import { cifsPlugin } from '../cifs-plugin.ts';

/** What is used here of a Samba that runs; only tests may import where it comes from. */
export interface Samba {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly root: string;
  readonly readOnlyShare: string;
  readonly smallShare: string | undefined;
}

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

/** A folder of its own on Samba's share, and stores in it. Disposing of it signs out of the server. */
export interface SambaFolder extends AsyncDisposable {
  readonly server: Samba;
  readonly name: string;
  /** The folder as the server sees it. */
  readonly path: string;
  open(opening?: SambaOpening): Promise<BackupStore>;
}

export function makeSambaFolder(used: AsyncDisposable & { readonly config: Samba }): SambaFolder {
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
