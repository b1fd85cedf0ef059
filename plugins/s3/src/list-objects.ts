import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { BackupError, isBlobKey, type BlobInfo, type CallOptions } from '@hayloft/engine';
import type { S3Connection } from './s3-connection.ts';

/** A part of a bucket. */
export interface Place {
  readonly bucket: string;
  /** Before every key; '' or ending in `/`. */
  readonly prefix: string;
  readonly location: string;
}

/** Yields every blob whose key starts with `within`, in pages of 1,000; throws rather than leave one out. */
export async function* listObjects(
  connection: S3Connection,
  { bucket, prefix, location }: Place,
  within: string,
  options: CallOptions,
): AsyncGenerator<BlobInfo> {
  const doing = `list "${within}"`;
  const broken = (why: string): BackupError =>
    new BackupError('STORE_INVALID', `cannot ${doing} in ${location}: the listing ${why}`, {
      remedy: 'Check AWS_ENDPOINTS and the proxy: what answers there does not list as S3 does.',
    });
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const request = { Bucket: bucket, Prefix: prefix + within, ContinuationToken: token };
    const page = await connection.run(doing, options, (s3, call) => s3.send(new ListObjectsV2Command(request), call));
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      if (Key === undefined || Size === undefined || LastModified === undefined) throw broken('is not whole');
      if (!Key.startsWith(request.Prefix)) throw broken('shows what was not asked for');
      const key = Key.slice(prefix.length);
      options.signal.throwIfAborted();
      if (isBlobKey(key)) yield { key, sizeBytes: Size, modifiedAt: LastModified };
    }
    token = nextToken(page, broken);
    if (token !== undefined && tokens.has(token)) throw broken('goes round in circles');
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined);
  options.signal.throwIfAborted();
}

/** Where the listing goes on; undefined only if the server says that it is complete. */
function nextToken(
  { IsTruncated, NextContinuationToken }: ListObjectsV2CommandOutput,
  broken: (why: string) => BackupError,
): string | undefined {
  if (IsTruncated === undefined) throw broken('does not say whether it is complete');
  if (IsTruncated && !NextContinuationToken) throw broken('has more, but no way to get at it');
  return IsTruncated ? NextContinuationToken : undefined;
}
