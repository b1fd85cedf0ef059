import { S3Client } from '@aws-sdk/client-s3';
import { BackupError, isBackupError, untilAborted, type CallOptions, type Logger } from '@hayloft/engine';
import { openHttp, storeCodes, type HttpClient } from '@hayloft/http';
import { createRequestHandler } from './request-handler.ts';
import type { RoleTools } from './role-credentials.ts';
import { staticCredentials, type S3Access } from './s3-access.ts';
import { translateError } from './translate-error.ts';

export interface ConnectionOptions {
  readonly access: S3Access;
  readonly region: string;
  readonly location: string;
  readonly logger: Logger;
}

/** The SDK for one target: its own keys, its own ways out, and nothing that another target or the process brought. */
export interface S3Connection extends AsyncDisposable {
  /** What the server calls itself; undefined before its first answer. */
  readonly serverName: string | undefined;
  /** Runs one request; what it throws is a `BackupError`, the signal's reason, or what `expect` makes of a refusal. */
  run<Result>(
    doing: string,
    options: CallOptions,
    request: (client: S3Client, call: { readonly abortSignal: AbortSignal }) => Promise<Result>,
    expect?: (error: unknown) => BackupError | undefined,
  ): Promise<Result>;
}

export async function connect({ access, region, location, logger }: ConnectionOptions): Promise<S3Connection> {
  const clients = new Map<string, HttpClient>();
  const clientFor = (protocol: string): HttpClient => {
    let client = clients.get(protocol);
    if (client === undefined) clients.set(protocol, (client = openClient(access, protocol)));
    return client;
  };
  let serverName: string | undefined;
  const requestHandler = createRequestHandler(clientFor, ({ headers }) => {
    serverName ??= headers.get('server');
  });
  const s3 = new S3Client({
    region,
    requestHandler,
    credentials: await credentialsOf(access, { region, requestHandler, logger, location }),
    ...(access.endpoint === undefined ? {} : { endpoint: access.endpoint.href }),
    forcePathStyle: !access.virtualHosted,
    useFipsEndpoint: access.useFipsEndpoint,
    useDualstackEndpoint: access.useDualstackEndpoint,
    // The process's AWS_ENDPOINT_URL may be another target's.
    ignoreConfiguredEndpointUrls: true,
    useArnRegion: false,
    // Old appliances reject the SDK's checksums in trailers, and every body is signed with its SHA-256 anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
  });
  // Retries are the engine's. Others are placed behind this step, so it is not removed but does nothing.
  s3.middlewareStack.add((next) => next, {
    name: 'retryMiddleware',
    step: 'finalizeRequest',
    priority: 'high',
    override: true,
  });

  return {
    get serverName() {
      return serverName;
    },
    async run(doing, { signal }, request, expect) {
      try {
        return await untilAborted(signal, () => request(s3, { abortSignal: signal }));
      } catch (error) {
        signal.throwIfAborted();
        throw expect?.(error) ?? translateError(error, doing, location);
      }
    },
    async [Symbol.asyncDispose]() {
      s3.destroy();
      await Promise.all([...clients.values()].map((client) => client[Symbol.asyncDispose]()));
    },
  };
}

function openClient(access: S3Access, protocol: string): HttpClient {
  try {
    return openHttp({
      codes: { ...storeCodes, cacertKey: 'AWS_CERT' },
      proxy: access.proxies[protocol === 'http:' ? 'http:' : 'https:'],
      noProxy: access.noProxy,
      cacert: access.certificates,
    });
  } catch (error) {
    if (!isBackupError(error)) throw error;
    throw new BackupError(
      error.code,
      `AWS_CERT, HTTP_PROXY, HTTPS_PROXY or NO_PROXY of an s3 store: ${error.message}`,
      {
        remedy: error.remedy,
        cause: error,
      },
    );
  }
}

async function credentialsOf(access: S3Access, tools: RoleTools) {
  if (access.keys !== undefined && access.roleArn === undefined) return staticCredentials(access.keys);
  // Loaded only where a role is asked for.
  const { roleCredentials } = await import('./role-credentials.ts');
  return roleCredentials(access, tools);
}
