import { open } from 'node:fs/promises';
import { formatHeaderBytes, recogniseFormat, type ImageFormat } from './recognise-format.ts';

/** Reads the beginning of a file and recognises its format. */
export async function recogniseFile(path: string, sizeBytes: number): Promise<ImageFormat> {
  await using file = await open(path, 'r');
  const header = Buffer.alloc(formatHeaderBytes);
  const { bytesRead } = await file.read(header, 0, formatHeaderBytes, 0);
  return recogniseFormat(header.subarray(0, bytesRead), sizeBytes);
}
