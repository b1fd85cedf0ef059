import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
  type ContainerClient,
} from '@azure/storage-blob';
import { afterAll, beforeAll } from '@jest/globals';
import { Secret, silentLogger, type BackupStore, type PluginContext } from '@hayloft/engine';
import { readAccess } from '../azure-access.ts';
import { connect } from '../azure-connection.ts';
import { azurePlugin } from '../azure-plugin.ts';

export const { signal } = new AbortController();

export type Credentials = Readonly<Record<string, string>>;

/** A server that a test uses, as far as a container needs it. */
export interface UsedAzurite extends AsyncDisposable {
  readonly config: {
    readonly endpoint: string;
    readonly account: string;
    readonly key: string;
    readonly caFile?: string;
  };
}

/** Keeps servers up for all tests of a file: each start takes seconds. */
export function holdServers(uses: readonly (() => Promise<AsyncDisposable>)[]): void {
  const held: AsyncDisposable[] = [];
  beforeAll(async () => {
    for (const use of uses) held.push(await use());
  });
  afterAll(async () => {
    for (const server of held) await server[Symbol.asyncDispose]();
  });
}

/** A container of its own, on a server that other tests use too. */
export interface TestContainer extends AsyncDisposable {
  readonly name: string;
  /** What a target's credentials must say to get there with the account's key. */
  readonly credentials: Credentials;
  /** Does something that no plugin does. */
  run<Result>(work: (client: ContainerClient) => Promise<Result>): Promise<Result>;
  /** A SAS of the container with permissions such as `rwdl`, good for an hour from `startsAt` on. */
  sas(permissions: string, startsAt?: Date): string;
}

/** Takes the use of the server over: it ends with the container. */
export async function makeContainer(server: Promise<UsedAzurite>): Promise<TestContainer> {
  const used = await server;
  const { endpoint, account, key, caFile } = used.config;
  const credentials = {
    AZBLOB_ACCOUNT_NAME: account,
    AZBLOB_ACCOUNT_KEY: key,
    AZBLOB_ENDPOINT: endpoint,
    ...(caFile === undefined ? {} : { AZBLOB_CERT: await readFile(caFile, 'utf8') }),
  };
  const name = `hayloft-${randomUUID()}`;
  const access = readAccess(secrets(credentials), undefined);
  const connection = await connect({ access, container: name, location: `azblob://${name}/` });
  const run: TestContainer['run'] = (work) => connection.run('prepare a test', { signal }, work);
  await run((client) => client.create());
  return {
    name,
    credentials,
    run,
    sas(permissions, startsAt = new Date()) {
      const query = generateBlobSASQueryParameters(
        {
          containerName: name,
          permissions: ContainerSASPermissions.parse(permissions),
          startsOn: startsAt,
          expiresOn: new Date(startsAt.getTime() + 3_600_000),
          version: '2024-11-04',
        },
        new StorageSharedKeyCredential(account, key),
      );
      return query.toString();
    },
    async [Symbol.asyncDispose]() {
      await run((client) => client.delete());
      await connection[Symbol.asyncDispose]();
      await used[Symbol.asyncDispose]();
    },
  };
}

export function contextWith(credentials: Credentials): PluginContext {
  return { signal, logger: silentLogger, credentials: secrets(credentials) };
}

/** Opens a store as the assembly does. */
export async function openStore(container: string, credentials: Credentials, prefix = ''): Promise<BackupStore> {
  const options = azurePlugin.options.parse({ container, endpointSuffix: 'core.windows.net', prefix });
  return azurePlugin.open(options, contextWith(credentials));
}

function secrets(credentials: Credentials): ReadonlyMap<string, Secret> {
  return new Map(Object.entries(credentials).map(([key, value]) => [key, new Secret(value)]));
}
