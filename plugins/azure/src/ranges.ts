import { BackupError, checkRange, type GetOptions } from '@hayloft/engine';
import { parseContentRange } from '@hayloft/http';

export type Range = NonNullable<GetOptions['range']>;

/**
 * That an answer holds the bytes asked for: the service cuts a range that reaches outside, as HTTP does, and where it
 * begins right behind the end, Azurite answers with no bytes and `bytes 10-9/10`.
 */
export function checkPart(bytes: Uint8Array, contentRange: string | undefined, range: Range, what: string): void {
  const totalBytes = /\/(\d{1,15})$/.exec(contentRange ?? '')?.[1];
  if (totalBytes !== undefined) checkRange(range, Number(totalBytes), what);
  if (parseContentRange(contentRange ?? '')?.offset === range.offset && bytes.length === range.length) return;
  throw new BackupError('STORE_INVALID', `the service answers with other bytes of ${what} than those asked for`, {
    remedy: 'Check AZBLOB_ENDPOINT and the proxy: what answers there does not serve ranges as Azure does.',
  });
}
