import { finished } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import type { HttpAnswer } from './http-answer.ts';

const discardBytesMax = 64 * 1024;
const discardMsMax = 2_000;

/** The ways to read a body, with what goes wrong on the way put through `translate`. */
export function readers(
  body: Dispatcher.ResponseData['body'],
  translate: (error: unknown) => unknown,
): Pick<HttpAnswer, 'body' | 'drain' | 'discard'> {
  return {
    body: iterate(body, translate),
    async drain(onChunk) {
      let refused: { readonly error: unknown } | undefined;
      body.on('data', (chunk: Uint8Array) => {
        if (refused !== undefined) return;
        try {
          onChunk(chunk);
        } catch (error) {
          refused = { error };
          body.destroy();
        }
      });
      try {
        await finished(body);
      } catch (error) {
        throw refused === undefined ? translate(error) : refused.error;
      }
    },
    async discard() {
      // A few bytes are read, so that the connection can be used again; more, or too slow, and it is closed.
      const signal = AbortSignal.timeout(discardMsMax);
      await body.dump({ limit: discardBytesMax, signal }).catch(() => {});
    },
  };
}

async function* iterate(
  body: AsyncIterable<Uint8Array>,
  translate: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw translate(error);
  }
}
