import type { ErrorCode } from '@hayloft/engine';

/** Which codes the same HTTP failure has where it happens: an image that is gone is not a blob that is gone. */
export interface HttpCodes {
  readonly notFound: ErrorCode;
  readonly unavailable: ErrorCode;
  readonly invalid: ErrorCode;
  /** What the user calls the bundle of authorities; `cacert` where undefined. */
  readonly cacertKey?: string | undefined;
}

export const sourceCodes: HttpCodes = {
  notFound: 'SOURCE_NOT_FOUND',
  unavailable: 'SOURCE_UNAVAILABLE',
  invalid: 'SOURCE_INVALID',
};

export const storeCodes: HttpCodes = {
  notFound: 'BLOB_NOT_FOUND',
  unavailable: 'STORE_UNAVAILABLE',
  invalid: 'STORE_INVALID',
};
