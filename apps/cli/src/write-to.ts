import type { Writable } from 'node:stream';
import { BackupError } from '@hayloft/engine';

/** Writes to a stream, one piece after the other; each resolves when its bytes may be reused. */
export function writeTo(stream: Writable): (bytes: Uint8Array) => Promise<void> {
  return async (bytes) =>
    new Promise((done, fail) => {
      stream.write(bytes, (error) => {
        if (error === null || error === undefined) done();
        else fail(readerIsGone(error));
      });
    });
}

const readerIsGone = (cause: Error): BackupError =>
  new BackupError('INTERNAL', `Standard output takes no more: ${cause.message}`, {
    remedy: 'Look why the program that reads it ended, then run the command again.',
    cause,
  });
