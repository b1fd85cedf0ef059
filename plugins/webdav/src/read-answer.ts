import { BackupError } from '@hayloft/engine';
import { readWhole, type HttpAnswer } from '@hayloft/http';

/** The whole body of an answer. `STORE_INVALID` when it has more than `bytesMax`. */
export async function readAnswer(answer: HttpAnswer, bytesMax: number, where: string): Promise<Uint8Array> {
  const tooLarge = (): BackupError =>
    new BackupError('STORE_INVALID', `${where} has more than ${bytesMax} bytes, which nothing in a store has`, {
      remedy: 'Check what this file is and move it away.',
    });
  return await readWhole(answer, { bytesMax, tooLarge });
}
