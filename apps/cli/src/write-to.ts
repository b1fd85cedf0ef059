import type { Writable } from 'node:stream';
import { outputError } from './standard-streams.ts';

/** Writes to standard output, one piece after the other; each resolves when its bytes may be reused. */
export function writeTo(stream: Writable): (bytes: Uint8Array) => Promise<void> {
  return async (bytes) =>
    new Promise((done, fail) => {
      stream.write(bytes, (error) => {
        if (error === null || error === undefined) done();
        else fail(outputError(error));
      });
    });
}
