import { BackupError, type Secret } from '@hayloft/engine';
import type { S3Options } from './options.ts';

/** Parameters that each kind of request must carry so that the server encrypts and decrypts as asked. */
export interface EncryptionParameters {
  readonly put: {
    readonly ServerSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
    readonly SSEKMSKeyId?: string;
  } & CustomerKeyParameters;
  readonly read: CustomerKeyParameters;
}

interface CustomerKeyParameters {
  readonly SSECustomerAlgorithm?: 'AES256';
  readonly SSECustomerKey?: string;
}

/** `CONFIGURATION_INVALID` where the customer's key is asked for and missing. */
export function encryptionParameters(
  { encryption, kmsKeyId }: Pick<S3Options, 'encryption' | 'kmsKeyId'>,
  customerKey: Secret | undefined,
): EncryptionParameters {
  if (encryption === undefined) return { put: {}, read: {} };
  if (encryption !== 'customer') {
    const key = kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId };
    return { put: { ServerSideEncryption: encryption, ...key }, read: {} };
  }
  if (customerKey === undefined) {
    throw new BackupError('CONFIGURATION_INVALID', 'the s3 store has "encryption: customer", but no key is given', {
      remedy: 'Give 32 bytes in base64 as AWS_SSE_CUSTOMER_KEY among the credentials of the target.',
    });
  }
  const parameters: CustomerKeyParameters = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: customerKey.reveal() };
  return { put: parameters, read: parameters };
}
