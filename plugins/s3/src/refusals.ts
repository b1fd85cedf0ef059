import type { ErrorCode } from '@hayloft/engine';

/** What the SDK throws for an answer that is a refusal, as far as it is looked at. */
export interface S3Refusal {
  /** The error code of S3, or a word of the SDK's where the answer had no body. */
  readonly name: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Fields of the answer: `Region`, `ServerTime`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a refusal comes to. */
export interface Meaning {
  readonly code: ErrorCode;
  /** Follows "cannot … in …: ". */
  readonly why: string;
  readonly remedy: string;
}

const renew =
  'Get new keys, with AWS_SESSION_TOKEN if they are temporary, and put them into the credentials of the target.';
const clock = "Set this machine's clock (NTP); a server accepts signatures of the last 15 minutes only.";
const grant = 'Grant s3:ListBucket on the bucket and s3:GetObject, s3:PutObject and s3:DeleteObject on the prefix.';

const denied = (why: string, remedy: string): Meaning => ({ code: 'ACCESS_DENIED', why, remedy });
const later = (why: string): Meaning => ({ code: 'STORE_UNAVAILABLE', why, remedy: 'Try again later.' });
const full = (why: string): Meaning => ({
  code: 'NO_SPACE',
  why,
  remedy: 'Free space ("hayloft store prune"), or have the quota raised.',
});
const noStore = (why: string, remedy: string): Meaning => ({ code: 'STORE_INVALID', why, remedy });
const misconfigured = (why: string, remedy: string): Meaning => ({ code: 'CONFIGURATION_INVALID', why, remedy });

const accessDenied = denied('the server denies access with these credentials', grant);
const unknownKey = denied(
  'the server does not know this access key',
  'Check AWS_ACCESS_KEY_ID, and the endpoint that it is of.',
);
const expired = denied('the credentials have expired', renew);
const slow = later('the server is asked for too much at once');
const damaged = later('the bytes did not arrive as they were sent');
const kms = 'Check "kmsKeyId" and that these credentials may use that key.';

/** By S3's error code: AWS's list of error responses, and what Ceph, MinIO and others add to it. */
const meanings: Readonly<Record<string, Meaning>> = {
  AccessDenied: accessDenied,
  AccountProblem: denied('there is a problem with the account', 'Ask who runs the account.'),
  AllAccessDisabled: denied('all access to it is disabled', 'Ask who runs the server.'),
  InvalidAccessKeyId: unknownKey,
  XAdminUserNotFound: unknownKey, // Versity S3 Gateway
  SignatureDoesNotMatch: denied('the secret key does not fit the access key', 'Check AWS_SECRET_ACCESS_KEY.'),
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  InvalidToken: denied('the session token is not valid', renew),
  InvalidClientTokenId: denied('the session token is not valid', renew),

  NoSuchBucket: noStore('there is no such bucket', 'Create the bucket, or correct its name in the target.'),
  InvalidBucketName: misconfigured(
    'the server allows no bucket of that name',
    'Correct the name of the bucket in the target.',
  ),
  NotImplemented: noStore(
    'the server lacks what was asked of it',
    'Take "encryption" and "conditionalPut" out of the options, or use another server.',
  ),
  InvalidObjectState: noStore(
    'the object was archived',
    'Restore it from the archive, and exempt the prefix from such lifecycle rules.',
  ),
  EntityTooLarge: noStore('the server does not take objects of that size', 'Raise its limit to 64 MiB or more.'),

  QuotaExceeded: full('the quota is used up'),
  XMinioAdminBucketQuotaExceeded: full('the quota of the bucket is used up'),
  XMinioStorageFull: full('the server has no space left'),
  InsufficientCapacity: full('the server has no space left'),

  SlowDown: slow,
  ServiceUnavailable: later('the server is not available'),
  TooManyRequests: slow,
  RequestLimitExceeded: slow,
  Throttling: slow,
  ThrottlingException: slow,
  BandwidthLimitExceeded: slow,
  InternalError: later('the server failed'),
  OperationAborted: later('another request for the same thing is under way'),
  ConditionalRequestConflict: later('another request for the same thing is under way'),
  RequestTimeout: later('the request took too long to arrive'),
  TemporaryRedirect: later('the bucket is being moved or is too new'),
  BadDigest: damaged,
  IncompleteBody: damaged,
  XAmzContentSHA256Mismatch: damaged,

  'KMS.NotFoundException': misconfigured('there is no such KMS key', kms),
  'KMS.DisabledException': misconfigured('the KMS key is disabled', kms),
  'KMS.KMSInvalidStateException': misconfigured('the KMS key cannot be used now', kms),
  ServerSideEncryptionConfigurationNotFoundError: misconfigured(
    'the server does not encrypt',
    'Take "encryption" out of the options.',
  ),
};

/** What to do about a refusal. A 404 that does not say what is missing is no answer: it may come from any web server. */
export function meaningOf(refusal: S3Refusal): Meaning {
  const { name, status, headers, fields } = refusal;
  if (name === 'RequestTimeTooSkewed' || name === 'RequestExpired') {
    const times = [fields['RequestTime'], fields['ServerTime']].map(String);
    const here = fields['ServerTime'] === undefined ? '' : ` (here ${times[0]}, there ${times[1]})`;
    return denied(`the clocks of this machine and of the server are too far apart${here}`, clock);
  }
  const region = headers['x-amz-bucket-region'] ?? fields['Region'];
  const isElsewhere = status === 301 || name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed';
  if (isElsewhere || name === 'IllegalLocationConstraintException') return wrongRegion(region);
  return Object.hasOwn(meanings, name) ? meanings[name]! : meaningOfStatus(status);
}

function wrongRegion(region: unknown): Meaning {
  if (typeof region !== 'string') {
    return misconfigured('the bucket is in another region', 'Write the region of the bucket behind "@" in the target.');
  }
  return misconfigured(`the bucket is in the region ${region}`, `Write the target as s3://bucket@${region}/….`);
}

function meaningOfStatus(status: number): Meaning {
  if (status === 401 || status === 403) return accessDenied;
  if (status === 407)
    return denied('the proxy wants a user and a password', 'Give HTTPS_PROXY as http://user:password@host:port.');
  if (status === 404)
    return noStore('what answers there knows no such thing', 'Check AWS_ENDPOINTS and the bucket of the target.');
  if (status === 507) return full('the server has no space left');
  if (status === 429) return slow;
  if (status === 408 || status >= 500) return later('the server failed');
  return noStore(
    'the server refuses the request',
    'Check AWS_ENDPOINTS; another client shows what the server has to say.',
  );
}
