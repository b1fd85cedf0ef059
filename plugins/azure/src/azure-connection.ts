import type { TokenCredential } from '@azure/identity';
import {
  AnonymousCredential,
  ContainerClient,
  newPipeline,
  StorageSharedKeyCredential,
  type RequestPolicyFactory,
} from '@azure/storage-blob';
import { BackupError, isBackupError, untilAborted, type CallOptions } from '@hayloft/engine';
import { openHttp, storeCodes, type HttpClient } from '@hayloft/http';
import type { AzureAccess } from './azure-access.ts';
import { createAzureHttp, type AzureHttp } from './azure-http.ts';
import { identityHost } from './identity-host.ts';
import { translateError } from './translate-error.ts';

/**
 * The version of the service's protocol that Longhorn's library speaks. Azurite, Azure Stack and sovereign clouds refuse
 * the SDK's own, which is newer than they are; whatever serves Longhorn serves this.
 */
const serviceVersion = '2024-11-04';

export interface ConnectionOptions {
  readonly access: AzureAccess;
  readonly container: string;
  readonly location: string;
}

/** The SDK for one target: its own credentials, its own ways out, and nothing that another target brought. */
export interface AzureConnection extends AsyncDisposable {
  /** Runs one request; what it throws is a `BackupError`, the signal's reason, or what `expect` makes of a refusal. */
  run<Result>(
    doing: string,
    options: CallOptions,
    request: (container: ContainerClient, call: { readonly abortSignal: AbortSignal }) => Promise<Result>,
    expect?: (error: unknown) => BackupError | undefined,
  ): Promise<Result>;
}

export async function connect({ access, container, location }: ConnectionOptions): Promise<AzureConnection> {
  const clients = new Map<string, HttpClient>();
  const clientFor = (protocol: string): HttpClient => {
    let client = clients.get(protocol);
    if (client === undefined) clients.set(protocol, (client = openClient(access, protocol)));
    return client;
  };
  const http = createAzureHttp(clientFor);
  const { authentication } = access;
  const credential = await credentialOf(access, http.tokens, location);
  // Retries are the engine's.
  const pipeline = newPipeline(credential, { httpClient: http.storage, retryOptions: { maxTries: 1 } });
  pipeline.factories.push(asksForVersion);
  const query = authentication.kind === 'sas' ? `?${authentication.token.reveal()}` : '';
  const client = new ContainerClient(`${access.endpoint}/${container}${query}`, pipeline);

  return {
    async run(doing, { signal }, request, expect) {
      try {
        return await untilAborted(signal, () => request(client, { abortSignal: signal }));
      } catch (error) {
        signal.throwIfAborted();
        throw expect?.(error) ?? translateError(error, doing, location, authentication);
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients.values()].map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

async function credentialOf(
  { account, authentication }: AzureAccess,
  tokens: AzureHttp['tokens'],
  location: string,
): Promise<StorageSharedKeyCredential | AnonymousCredential | TokenCredential> {
  switch (authentication.kind) {
    case 'key':
      return new StorageSharedKeyCredential(account, authentication.key.reveal());
    case 'sas':
      return new AnonymousCredential(); // the URL says it all
    case 'identity': {
      // Loaded only where it is needed: it takes longer than the rest of the SDK.
      const { identityCredential } = await import('./identity-credential.ts');
      return identityCredential(tokens, location);
    }
  }
}

const asksForVersion: RequestPolicyFactory = {
  create: (next) => ({
    sendRequest(request) {
      request.headers.set('x-ms-version', serviceVersion);
      return next.sendRequest(request);
    },
  }),
};

function openClient(access: AzureAccess, protocol: string): HttpClient {
  try {
    return openHttp({
      codes: { ...storeCodes, cacertKey: 'AZBLOB_CERT' },
      proxy: access.proxies[protocol === 'http:' ? 'http:' : 'https:'],
      noProxy: [access.noProxy, identityHost].filter((part) => part !== undefined).join(','),
      cacert: access.certificates,
    });
  } catch (error) {
    if (!isBackupError(error)) throw error;
    throw new BackupError(
      error.code,
      `AZBLOB_CERT, HTTP_PROXY, HTTPS_PROXY or NO_PROXY of an azure store: ${error.message}`,
      { remedy: error.remedy, cause: error },
    );
  }
}
