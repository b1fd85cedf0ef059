export { maskUrl, parseHttpAddress, type HttpAddress } from './address.ts';
export {
  briefBackoff,
  createBackoff,
  patientBackoff,
  retryAfterMsMax,
  type Backoff,
  type BackoffPolicy,
  type BackoffTools,
} from './backoff.ts';
export { sourceCodes, storeCodes, type HttpCodes } from './codes.ts';
export { parseContentRange, parseUnsatisfiedRange, type ContentRange } from './content-range.ts';
export type { HttpCredentials, HttpHeader } from './credentials.ts';
export { contentLength, type HttpAnswer, type HttpHeaders } from './http-answer.ts';
export { openHttp, type HttpClient, type HttpOptions, type HttpRequest, type PartRequest } from './open-http.ts';
export { probe, type HttpProbe } from './probe.ts';
export { parseRetryAfter } from './retry-after.ts';
export { readWhole, type ReadWholeOptions } from './read-whole.ts';
export { HttpRefusal, refusalOf, translateStatus, type Refused } from './translate-status.ts';
export { ifRangeOf, sameFile, strongEtag, validatorsOf, type Validators } from './validators.ts';
