import { createHash } from 'node:crypto';
import type { Extent, ExtentsOptions, ImageSource } from '../contracts/source.ts';
import { imageSizeUnitBytes } from './image-size.ts';

const zeros = new Uint8Array(1024 * 1024);

export interface PaddedSource extends ImageSource {
  /** SHA-512 of the bytes before padding; only after `extents` ended. */
  unpaddedChecksum(): string;
}

/** The source with zeros appended up to the next multiple of 512 bytes. It is read from the start: no resuming. */
export function padSource(source: ImageSource): PaddedSource {
  const hash = createHash('sha512');
  const { sizeBytes } = source;
  return {
    description: source.description,
    sizeBytes: sizeBytes === undefined ? undefined : roundUp(sizeBytes),
    async *extents({ signal }: ExtentsOptions): AsyncGenerator<Extent> {
      let end = 0;
      for await (const extent of source.extents({ signal })) {
        if (extent.kind === 'data') hash.update(extent.bytes);
        else hashZeros(hash, extent.length);
        end = extent.offset + (extent.kind === 'data' ? extent.bytes.byteLength : extent.length);
        yield extent;
      }
      if (roundUp(end) > end) yield { kind: 'hole', offset: end, length: roundUp(end) - end };
    },
    unpaddedChecksum: () => hash.digest('hex'),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

const roundUp = (bytes: number): number => Math.ceil(bytes / imageSizeUnitBytes) * imageSizeUnitBytes;

function hashZeros(hash: ReturnType<typeof createHash>, length: number): void {
  for (let left = length; left > 0; left -= zeros.length) hash.update(zeros.subarray(0, Math.min(left, zeros.length)));
}
