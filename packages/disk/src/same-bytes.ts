import { open, type FileHandle } from 'node:fs/promises';
import type { CallOptions } from '@hayloft/engine';

const chunkBytes = 1024 * 1024;

/** Do two files hold the same bytes? Reads both, until they differ. */
export async function haveSameBytes(pathA: string, pathB: string, { signal }: CallOptions): Promise<boolean> {
  await using a = await open(pathA, 'r');
  await using b = await open(pathB, 'r');
  const { size } = await a.stat();
  if ((await b.stat()).size !== size) return false;
  const chunkA = Buffer.allocUnsafeSlow(chunkBytes);
  const chunkB = Buffer.allocUnsafeSlow(chunkBytes);
  for (let offset = 0; offset < size; offset += chunkBytes) {
    signal.throwIfAborted();
    const length = Math.min(chunkBytes, size - offset);
    const complete = await Promise.all([fill(a, chunkA, length, offset), fill(b, chunkB, length, offset)]);
    if (complete.includes(false)) return false;
    if (chunkA.compare(chunkB, 0, length, 0, length) !== 0) return false;
  }
  return true;
}

/** False when the file ends before. */
async function fill(file: FileHandle, chunk: Buffer, length: number, offset: number): Promise<boolean> {
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(chunk, done, length - done, offset + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}
