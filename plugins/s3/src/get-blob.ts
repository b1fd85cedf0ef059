import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandInput } from '@aws-sdk/client-s3';
import { BackupError, checkRange, type CallOptions } from '@hayloft/engine';
import { pickRange, type Range } from './ranges.ts';
import type { S3Connection } from './s3-connection.ts';
import { refusalBehind } from './translate-error.ts';

export interface GetRequest extends CallOptions {
  readonly input: GetObjectCommandInput;
  /** Of one byte or more. */
  readonly range: Range | undefined;
  /** Follows "cannot". */
  readonly doing: string;
  /** The blob and its store, for messages. */
  readonly what: string;
  /** What is thrown when the server says that there is no such key. */
  readonly notFound: () => BackupError;
}

/** Reads an object, or exactly the range of it. `RANGE_INVALID` where the object does not reach that far. */
export async function getBlob(connection: S3Connection, request: GetRequest): Promise<Uint8Array> {
  const { input, range, doing, what, notFound, signal } = request;
  if (range !== undefined) checkRange(range, Infinity, what);
  const Range = range === undefined ? undefined : `bytes=${range.offset}-${range.offset + range.length - 1}`;
  const whenRefused = (error: unknown): BackupError | undefined => {
    const refusal = refusalBehind(error);
    if (refusal?.name === 'NoSuchKey') return notFound();
    if (refusal?.status !== 416) return undefined;
    return new BackupError('RANGE_INVALID', `${what} has no ${Range}`, { remedy: 'Ask for bytes that are there.' });
  };
  const command = new GetObjectCommand({ ...input, Range });
  const answer = await connection.run(doing, { signal }, (s3, sdk) => s3.send(command, sdk), whenRefused);
  // Whole and in one piece already: see the request handler.
  const [bytes = new Uint8Array(0)] = (await (answer.Body as Readable).toArray()) as Uint8Array[];
  return range === undefined ? bytes : pickRange(bytes, answer.ContentRange, range, what);
}
