import type { BackupError } from '@hayloft/engine';
import { contentLength, type HttpAnswer } from './http-answer.ts';

export interface ReadWholeOptions {
  readonly bytesMax: number;
  /** What is thrown for a body that states, or has, more than `bytesMax` or than it states. */
  readonly tooLarge: (sizeBytes: number) => BackupError;
  /** The answer's own `Content-Length` where not given; 0 for an answer to `HEAD`, which states the length of a body it does not have. */
  readonly statedBytes?: number | undefined;
}

/** The whole body of an answer, in memory that nobody else uses. */
export async function readWhole(answer: HttpAnswer, options: ReadWholeOptions): Promise<Uint8Array> {
  const { bytesMax, tooLarge, statedBytes = contentLength(answer.headers) } = options;
  if (statedBytes !== undefined && statedBytes > bytesMax) {
    await answer.discard();
    throw tooLarge(statedBytes);
  }
  // Most answers state their length: then their chunks are not kept beside the whole.
  const whole = statedBytes === undefined ? undefined : new Uint8Array(statedBytes);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  await answer.drain((chunk) => {
    const offset = sizeBytes;
    sizeBytes += chunk.length;
    if (sizeBytes > (statedBytes ?? bytesMax)) throw tooLarge(sizeBytes);
    if (whole === undefined) chunks.push(chunk);
    else whole.set(chunk, offset);
  });
  return whole?.subarray(0, sizeBytes) ?? joined(chunks, sizeBytes);
}

function joined(chunks: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const whole = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
