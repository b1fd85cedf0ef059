import { blockSizeBytes } from '@hayloft/longhorn-format';
import { slotWord } from './ring-layout.ts';
import type { Ring } from './ring.ts';

export interface Streaming {
  readonly ring: Ring;
  /** Ordinals, and the image's size. */
  readonly end: number;
  readonly sizeBytes: number;
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Hands the image to a stream, in order: the slots, and zeros for the holes between them. */
export async function streamBlocks({ ring, end, sizeBytes, write, signal }: Streaming): Promise<void> {
  // A copy, because not everything that takes bytes takes shared memory.
  const buffer = new Uint8Array(blockSizeBytes);
  let position = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    signal.throwIfAborted();
    await write(bytes);
    position += bytes.length;
  };
  const putZerosTo = async (offset: number): Promise<void> => {
    if (position < offset) buffer.fill(0);
    while (position < offset) await put(buffer.subarray(0, Math.min(buffer.length, offset - position)));
  };

  for (let ordinal = 0; ordinal < end; ordinal++) {
    await ring.until(ring.wordOf(slotWord.ready, ordinal), ordinal + 1, signal);
    const { window, length } = ring.content(ordinal);
    await putZerosTo(window * blockSizeBytes);
    buffer.set(ring.slot(ordinal).subarray(0, length));
    ring.release(ordinal);
    await put(buffer.subarray(0, length));
  }
  await putZerosTo(sizeBytes);
}
