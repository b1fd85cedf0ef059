import { BackupError } from '@hayloft/engine';
import { contentLength, type HttpAnswer } from '@hayloft/http';

/** The whole body of an answer. `STORE_INVALID` when it has more than `bytesMax`. */
export async function readAnswer(answer: HttpAnswer, bytesMax: number, where: string): Promise<Uint8Array> {
  const tooMuch = (): BackupError =>
    new BackupError('STORE_INVALID', `${where} has more than ${bytesMax} bytes, which nothing in a store has`, {
      remedy: 'Check what this file is and move it away.',
    });
  if ((contentLength(answer.headers) ?? 0) > bytesMax) {
    await answer.discard();
    throw tooMuch();
  }
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  await answer.drain((chunk) => {
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) throw tooMuch();
    chunks.push(chunk);
  });
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
