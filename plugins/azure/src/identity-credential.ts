import type { HttpClient } from '@azure/core-rest-pipeline';
import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { BackupError, isBackupError } from '@hayloft/engine';
import { identityHost } from './identity-host.ts';

/**
 * Whoever this process is to Azure: what `AZURE_*` in its environment says, a workload identity of its Pod, the managed
 * identity of its machine, or whoever is logged in with Azure's own tools. Its tokens are asked for through `http`.
 */
export function identityCredential(http: HttpClient, location: string): TokenCredential {
  /** Why the last request for a token got no answer: the library does not pass that on. */
  let unanswered: BackupError | undefined;
  const watched: HttpClient = {
    async sendRequest(request) {
      try {
        return await http.sendRequest(request);
      } catch (error) {
        // Most machines are not Azure's: that nobody answers there only means so.
        const asksMachine = new URL(request.url).hostname === identityHost;
        if (isBackupError(error) && !asksMachine) unanswered = error;
        throw error;
      }
    },
  };
  const credential = new DefaultAzureCredential({
    httpClient: watched,
    retryOptions: { maxRetries: 0 },
    // Else a public host is asked about the authority, which the environment names: a closed network has none.
    disableInstanceDiscovery: true,
  });
  return {
    async getToken(scopes, options) {
      unanswered = undefined;
      try {
        return await credential.getToken(scopes, options);
      } catch (error) {
        throw unanswered ?? noToken(error, location);
      }
    },
  };
}

function noToken(error: unknown, location: string): BackupError {
  const { errors = [error] } = error as { readonly errors?: readonly unknown[] };
  const refusal = errors.find((each) => (each as Error).name !== 'CredentialUnavailableError');
  if (refusal === undefined) {
    return new BackupError(
      'CONFIGURATION_INVALID',
      `there are no credentials for ${location}, and this machine has no identity of Azure`,
      {
        remedy: 'Give AZBLOB_ACCOUNT_KEY or AZBLOB_SAS_TOKEN, or run it where a workload or managed identity is.',
        cause: error,
      },
    );
  }
  const [why = ''] = (refusal as Error).message.split('\n');
  return new BackupError(
    'ACCESS_DENIED',
    `the identity of this process gets no token for ${location}: ${why.slice(0, 300)}`,
    {
      remedy: 'Check AZURE_CLIENT_ID, AZURE_TENANT_ID and the federated credential of the identity.',
      cause: error,
    },
  );
}
