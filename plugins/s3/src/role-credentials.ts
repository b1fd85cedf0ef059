import {
  createCredentialChain,
  fromHttp,
  fromIni,
  fromInstanceMetadata,
  fromTemporaryCredentials,
  fromTokenFile,
} from '@aws-sdk/credential-providers';
import { BackupError, isBackupError, type Logger } from '@hayloft/engine';
import { staticCredentials, type S3Access } from './s3-access.ts';
import type {
  AwsCredentialIdentityProvider,
  HttpHandlerOptions,
  HttpRequest,
  HttpResponse,
  RequestHandler,
} from '@smithy/types';

export interface RoleTools {
  readonly region: string;
  readonly requestHandler: RequestHandler<HttpRequest, HttpResponse, HttpHandlerOptions>;
  readonly logger: Logger;
  readonly location: string;
}

/** Credentials that are not simply given: of a role that is taken on, or of the machine. The SDK renews them in time. */
export function roleCredentials(access: S3Access, tools: RoleTools): AwsCredentialIdentityProvider {
  const provider =
    access.roleArn === undefined ? machineCredentials(access, tools) : assumed(access.roleArn, access, tools);
  return async () => {
    try {
      return await provider();
    } catch (error) {
      if (isBackupError(error)) throw error;
      const { name, message } = error as Error;
      throw new BackupError(
        'ACCESS_DENIED',
        `no credentials for ${tools.location}: ${message.split('\n')[0]} (${name})`,
        {
          remedy: 'Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role that this machine or Pod may take on.',
          cause: error,
        },
      );
    }
  };
}

/**
 * The SDK's default chain but for its first link: static keys in the process's environment belong to whichever target
 * was given them, and must not sign the requests of another one.
 */
function machineCredentials(access: S3Access, tools: RoleTools): AwsCredentialIdentityProvider {
  const clientConfig = stsConfig(access, tools);
  const profile = access.profile === undefined ? {} : { profile: access.profile };
  return createCredentialChain(
    fromIni({ ...profile, clientConfig }),
    fromTokenFile({ clientConfig }),
    async () => fromHttp()(), // throws at once where no container is
    fromInstanceMetadata(),
  );
}

function assumed(roleArn: string, access: S3Access, tools: RoleTools): AwsCredentialIdentityProvider {
  const { keys } = access;
  const machine = machineCredentials(access, tools);
  const assume = fromTemporaryCredentials({
    params: { RoleArn: roleArn, RoleSessionName: 'hayloft' },
    masterCredentials: keys === undefined ? machine : staticCredentials(keys),
    clientConfig: stsConfig(access, tools),
  });
  return async () => {
    try {
      return await assume();
    } catch (error) {
      if (keys !== undefined || (error as Error).name !== 'AccessDenied') throw error;
      // kube2iam and its like gave this Pod the role already, and a role may rarely take on itself.
      tools.logger.warn(`${roleArn} cannot be taken on; this machine's own identity is used for ${tools.location}`);
      return machine();
    }
  };
}

function stsConfig({ stsEndpoint }: S3Access, { region, requestHandler }: RoleTools) {
  return { region, requestHandler, maxAttempts: 1, ...(stsEndpoint === undefined ? {} : { endpoint: stsEndpoint }) };
}
