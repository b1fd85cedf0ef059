import { BackupError, checkRange, type GetOptions } from '@hayloft/engine';
import { parseContentRange } from '@hayloft/http';

export type Range = NonNullable<GetOptions['range']>;

/** The bytes asked for out of an answer: S3 cuts a range that reaches outside, and a poor server sends the whole blob. */
export function pickRange(bytes: Uint8Array, contentRange: string | undefined, range: Range, what: string): Uint8Array {
  const part = parseContentRange(contentRange ?? '');
  if (part === undefined) {
    checkRange(range, bytes.length, what);
    return bytes.slice(range.offset, range.offset + range.length);
  }
  checkRange(range, part.totalBytes ?? part.offset + part.length, what);
  if (part.offset === range.offset && bytes.length === range.length) return bytes;
  throw new BackupError('STORE_INVALID', `the server answers with other bytes of ${what} than those asked for`, {
    remedy: 'Check AWS_ENDPOINTS and the proxy: what answers there does not serve ranges as S3 does.',
  });
}
