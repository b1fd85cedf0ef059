import { addAbortSignal, type Readable } from 'node:stream';
import { BackupError, extentSizeBytesMax, type Extent, type ImageSource } from '@hayloft/engine';

/** A stream that is read once, from its beginning to its end; its size is known when it has ended. */
export function stdinSource(stream: Readable): ImageSource {
  let taken = false;
  return {
    description: 'standard input',
    sizeBytes: undefined,

    async *extents({ signal }) {
      if (taken) throw readTwice();
      taken = true;
      signal.throwIfAborted();
      let offset = 0;
      try {
        for await (const chunk of addAbortSignal(signal, stream) as AsyncIterable<Buffer>) {
          for (const extent of extentsOf(chunk, offset)) yield extent;
          offset += chunk.length;
        }
      } catch (error) {
        signal.throwIfAborted();
        throw broken(offset, error);
      }
    },

    async [Symbol.asyncDispose]() {},
  };
}

const zeros = Buffer.alloc(64 * 1024);

/** A chunk as data, or as a hole when there are only zeros in it. */
function* extentsOf(chunk: Buffer, start: number): Generator<Extent> {
  for (let at = 0; at < chunk.length; at += extentSizeBytesMax) {
    const bytes = chunk.subarray(at, at + extentSizeBytesMax);
    const offset = start + at;
    if (isZero(bytes)) yield { kind: 'hole', offset, length: bytes.length };
    else yield { kind: 'data', offset, bytes };
  }
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}

function readTwice(): BackupError {
  return new BackupError('SOURCE_INVALID', 'standard input can be read only once', {
    remedy: 'Write it to a file first, and name that file.',
  });
}

function broken(offset: number, cause: unknown): BackupError {
  return new BackupError('SOURCE_CHANGED', `standard input broke off after ${offset} bytes: ${String(cause)}`, {
    remedy: 'Run the whole command again, with what writes into it.',
    cause,
  });
}
