import { isBackupError, type CallOptions } from '@hayloft/engine';
import {
  contentLength,
  ifRangeOf,
  parseContentRange,
  patientBackoff,
  type HttpAddress,
  type HttpAnswer,
} from '@hayloft/http';
import { assertPlain, assertSameFile, changed, cutShort, senseless, type Download } from './download.ts';

/**
 * After so much the count of failures starts anew. What counts is the whole transfer: a server that allows one connection
 * at a time refuses the other parts for as long as that one lasts.
 */
const progressBytes = 64 * 1024;

/**
 * Fills `buffer` with the file's bytes from `offset` on. After a cut it goes on from the byte where it stopped.
 * `SOURCE_CHANGED` as soon as an answer is of another file than the probed one; `SOURCE_UNAVAILABLE` when patience ends.
 */
export async function fetchPart(
  download: Download,
  offset: number,
  buffer: Uint8Array,
  options: CallOptions,
): Promise<void> {
  const backoff = download.backoff(patientBackoff);
  let filled = 0;
  let receivedBefore = download.receivedBytes;
  let excused = false;
  while (filled < buffer.length) {
    const address = download.mirror;
    try {
      const part = { download, address, offset: offset + filled, buffer: buffer.subarray(filled) };
      const onBytes = (length: number): void => {
        filled += length;
        download.receivedBytes += length;
      };
      await fetchOnce(part, onBytes, options);
    } catch (error) {
      // Next time by the front door: the mirror may be down, or its signed URL expired.
      download.mirror = download.origin;
      if (download.receivedBytes - receivedBefore >= progressBytes) {
        backoff.reset();
        receivedBefore = download.receivedBytes;
      }
      const mirrorRefused = address !== download.origin && isBackupError(error, 'ACCESS_DENIED', 'SOURCE_NOT_FOUND');
      if (!mirrorRefused || excused) await backoff.wait(error, options);
      excused ||= mirrorRefused;
    }
  }
}

interface Part {
  readonly download: Download;
  readonly address: HttpAddress;
  readonly offset: number;
  /** The rest that is missing. */
  readonly buffer: Uint8Array;
}

async function fetchOnce(part: Part, onBytes: (length: number) => void, options: CallOptions): Promise<void> {
  const { download, address, offset, buffer } = part;
  const { probe } = download;
  const answer = await download.client.get(address, {
    range: { offset, length: buffer.length },
    ifRange: ifRangeOf(probe.validators),
    accept: [416],
    signal: options.signal,
  });
  try {
    const length = checkedLength(answer, part);
    download.mirror = answer.address;
    let received = 0;
    await answer.drain((chunk) => {
      if (received + chunk.length > length) throw senseless(answer.address, `more bytes than the ${length} announced`);
      buffer.set(chunk, received);
      received += chunk.length;
      onBytes(chunk.length);
    });
    if (received < length) throw cutShort(answer.address, received, length);
  } finally {
    await answer.discard();
  }
}

/** How many of the bytes asked for this answer brings: all, or fewer if the server likes its parts small. */
function checkedLength(answer: HttpAnswer, part: Part): number {
  const { probe } = part.download;
  assertSameFile(answer, probe);
  if (answer.status === 416) throw changed(answer.address, 'it is shorter now');
  if (answer.status !== 206) throw changed(answer.address, 'the server sends all of it where a part was asked for');
  assertPlain(answer);
  const range = parseContentRange(answer.headers.get('content-range') ?? '');
  if (range === undefined) throw senseless(answer.address, 'a part without a Content-Range');
  if (range.totalBytes !== undefined && range.totalBytes !== probe.sizeBytes) {
    throw changed(answer.address, `it has ${range.totalBytes} bytes now, not ${probe.sizeBytes}`);
  }
  if (range.offset !== part.offset || range.length > part.buffer.length) {
    throw senseless(answer.address, 'another part than the one asked for');
  }
  const length = contentLength(answer.headers);
  if (length !== undefined && length !== range.length) {
    throw senseless(answer.address, `a Content-Length of ${length} for a range of ${range.length} bytes`);
  }
  return range.length;
}
