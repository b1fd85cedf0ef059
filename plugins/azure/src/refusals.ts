import type { ErrorCode } from '@hayloft/engine';
import type { Authentication } from './azure-access.ts';

/** An answer that is a refusal, as far as it is looked at. */
export interface AzureRefusal {
  /** The service's own word in `x-ms-error-code`; '' where what answered is no blob service. */
  readonly name: string;
  readonly status: number;
  /** When the request was made by this machine's clock, and answered by the other's; undefined where not said. */
  readonly sentAt: Date | undefined;
  readonly answeredAt: Date | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: string | undefined;
}

/** What a refusal comes to. */
export interface Meaning {
  readonly code: ErrorCode;
  /** Follows "cannot … in …: ". */
  readonly why: string;
  readonly remedy: string;
}

const clockGapMsMax = 15 * 60 * 1000;

const grant =
  'Grant read, write, delete and list on the container; an identity needs the role "Storage Blob Data Contributor".';
const network = "Allow this machine's network in the firewall of the account, or take another way to it.";

const denied = (why: string, remedy: string): Meaning => ({ code: 'ACCESS_DENIED', why, remedy });
const later = (why: string): Meaning => ({ code: 'STORE_UNAVAILABLE', why, remedy: 'Try again later.' });
const noStore = (why: string, remedy: string): Meaning => ({ code: 'STORE_INVALID', why, remedy });
const readOnly = (why: string, remedy: string): Meaning => ({ code: 'STORE_READ_ONLY', why, remedy });

const forbidden = denied('the service denies access with these credentials', grant);
const lacking = denied('these credentials do not allow this', grant);
const busy = later('the service is asked for too much at once');
const leased = denied('somebody holds a lease on the blob', 'Break the lease, and keep others off the container.');

/** By the service's error code, as far as something better can be said than for the status alone. */
const meanings: Readonly<Record<string, Meaning>> = {
  AccountIsDisabled: denied('the storage account is disabled', 'Enable the account or its subscription.'),
  AuthorizationPermissionMismatch: lacking,
  AuthorizationProtocolMismatch: denied(
    'the SAS is for https only',
    'Give an AZBLOB_ENDPOINT that begins with https://.',
  ),
  AuthorizationResourceTypeMismatch: denied(
    'the SAS is not for containers and blobs',
    'Make the SAS for the container, or with the resource types "container" and "object".',
  ),
  AuthorizationServiceMismatch: denied('the SAS is not for blobs', 'Make the SAS for the blob service.'),
  AuthorizationSourceIPMismatch: denied('the SAS is for other addresses than this machine has', network),
  InsufficientAccountPermissions: lacking,
  KeyBasedAuthenticationNotPermitted: denied(
    'the account allows no keys',
    'Take AZBLOB_ACCOUNT_KEY out and let the program have an identity, or allow keys in the account.',
  ),
  PublicAccessNotPermitted: forbidden,

  ContainerNotFound: noStore('there is no such container', 'Create the container, or correct its name in the target.'),
  ContainerBeingDeleted: noStore('the container is being deleted', 'Choose another container.'),
  ContainerDisabled: noStore('the container is disabled', 'Ask who runs the account.'),
  BlobArchived: noStore(
    'the blob was moved to the archive tier',
    'Rehydrate it, and exempt the container from such lifecycle rules.',
  ),
  BlobBeingRehydrated: noStore('the blob is on its way out of the archive tier', 'Wait until it is back.'),

  BlobImmutableDueToPolicy: readOnly('a policy of the container forbids changes', 'Choose a container without one.'),
  LeaseAlreadyPresent: leased,
  LeaseIdMissing: leased,

  InternalError: later('the service failed'),
  OperationTimedOut: later('the service took too long'),
  Md5Mismatch: later('the bytes did not arrive as they were sent'),
  ServerBusy: busy,
  InvalidHeaderValue: noStore(
    'the service does not know this version of its protocol',
    'Update it: it must serve the version 2024-11-04.',
  ),
};

/** What to do about a refusal. A 404 that does not say what is missing is no answer: it may come from any web server. */
export function meaningOf(refusal: AzureRefusal, authentication: Authentication): Meaning {
  const { name, status } = refusal;
  if (name === 'AuthenticationFailed' || name === 'InvalidAuthenticationInfo') {
    return unauthenticated(refusal, authentication);
  }
  if (name === 'AuthorizationFailure') {
    // Azure's word for a machine that is kept out, and Azurite's for wrong credentials as well.
    const { code, why, remedy } = unauthenticated(refusal, authentication);
    return { code, why: `${why}, or a firewall or policy keeps this machine out`, remedy: `${remedy} ${network}` };
  }
  return meanings[name] ?? meaningOfStatus(status);
}

function unauthenticated({ sentAt, answeredAt }: AzureRefusal, authentication: Authentication): Meaning {
  const gapMs = sentAt && answeredAt && Math.abs(sentAt.getTime() - answeredAt.getTime());
  if (gapMs !== undefined && gapMs > clockGapMsMax) {
    const times = `here ${sentAt!.toISOString()}, there ${answeredAt!.toISOString()}`;
    return denied(
      `the clocks of this machine and of the service are too far apart (${times})`,
      "Set this machine's clock (NTP).",
    );
  }
  switch (authentication.kind) {
    case 'key':
      return denied('the key does not fit the account', 'Check AZBLOB_ACCOUNT_NAME and AZBLOB_ACCOUNT_KEY.');
    case 'sas': {
      const query = new URLSearchParams(authentication.token.reveal());
      const expiresAt = new Date(query.get('se') ?? NaN);
      const expired = answeredAt !== undefined && expiresAt < answeredAt;
      const why = expired ? `the SAS has expired on ${expiresAt.toISOString()}` : 'the service does not accept the SAS';
      return denied(why, 'Make a new SAS and give it as AZBLOB_SAS_TOKEN.');
    }
    case 'identity':
      return denied('the service does not accept the token of this identity', 'Check the tenant of the identity.');
  }
}

function meaningOfStatus(status: number): Meaning {
  if (status === 401 || status === 403) return forbidden;
  if (status === 407) {
    return denied('the proxy wants a user and a password', 'Give HTTPS_PROXY as http://user:password@host:port.');
  }
  if (status === 404) {
    return noStore(
      'what answers there knows no such thing',
      'Check AZBLOB_ENDPOINT, AZBLOB_ACCOUNT_NAME and the container of the target.',
    );
  }
  if (status === 429) return busy;
  if (status === 507) {
    return { code: 'NO_SPACE', why: 'the service has no space left', remedy: 'Free space, or have the quota raised.' };
  }
  if (status === 408 || status >= 500) return later('the service failed');
  return noStore(
    'the service refuses the request',
    'Check AZBLOB_ENDPOINT; another client shows what the service has to say.',
  );
}
