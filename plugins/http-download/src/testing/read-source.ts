import { silentLogger, type Extent, type ImageSource } from '@hayloft/engine';
import { createVirtualClock } from '@hayloft/engine/testing';
import { openDownload, type DownloadTools } from '../open-download.ts';
import { parseOptions } from '../options.ts';

/** Opens a download of small parts, on a clock of its own; `options` and `tools` are what the test is about. */
export async function openSmall(options: object, tools: Partial<DownloadTools> = {}): Promise<ImageSource> {
  return openDownload(parseOptions({ connections: 3, rangeBytes: 64 * 1024, ...options }), {
    signal: new AbortController().signal,
    logger: silentLogger,
    clock: createVirtualClock(),
    random: () => 0,
    ...tools,
  });
}

/** All bytes from `from` on; throws if the extents leave a gap, overlap or are too long. */
export async function readSource(source: ImageSource, from = 0): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let offset = from;
  const { signal } = new AbortController();
  for await (const extent of source.extents(from === 0 ? { signal } : { signal, from })) {
    if (extent.offset !== offset) throw new Error(`extent at ${extent.offset}, expected ${offset}`);
    const bytes = bytesOf(extent);
    if (bytes.length > 4 * 1024 * 1024) throw new Error(`extent of ${bytes.length} bytes`);
    chunks.push(bytes);
    offset += bytes.length;
  }
  return Buffer.concat(chunks);
}

/** A copy: an extent's bytes may be reused. */
const bytesOf = (extent: Extent): Buffer =>
  extent.kind === 'data' ? Buffer.from(extent.bytes) : Buffer.alloc(extent.length);

/** What reading it whole ends in: the bytes, or the error. */
export async function readingOf(options: object, tools: Partial<DownloadTools> = {}): Promise<unknown> {
  try {
    await using source = await openSmall(options, tools);
    return await readSource(source);
  } catch (error) {
    return error;
  }
}

/** `'same bytes'`, `'other bytes'`, or the error; Jest's own comparison of long buffers takes seconds. */
export function verdict(outcome: unknown, expected: Buffer): unknown {
  if (!Buffer.isBuffer(outcome)) return outcome;
  return outcome.equals(expected) ? 'same bytes' : 'other bytes';
}
