import { BackupError, isBackupError, type CallOptions, type Extent } from '@hayloft/engine';
import { briefBackoff, contentLength, maskUrl, type HttpAnswer } from '@hayloft/http';
import { assertPlain, assertSameFile, changed, cutShort, senseless, type Download } from './download.ts';

/** Reads a file in one go, for servers that give no parts. A cut cannot be mended: there is no going on from the middle. */
export async function* readStream(download: Download, options: CallOptions): AsyncGenerator<Extent> {
  const answer = await begin(download, options);
  const { sizeBytes } = download.probe;
  let offset = 0;
  try {
    for await (const bytes of answer.body) {
      if (bytes.length === 0) continue;
      if (sizeBytes !== undefined && offset + bytes.length > sizeBytes) {
        throw senseless(answer.address, `more bytes than the ${sizeBytes} announced`);
      }
      yield { kind: 'data', offset, bytes };
      offset += bytes.length;
    }
    if (sizeBytes !== undefined && offset < sizeBytes) {
      throw cutShort(answer.address, offset, sizeBytes);
    }
  } catch (error) {
    throw isBackupError(error, 'SOURCE_UNAVAILABLE') ? brokenOff(answer, offset, error) : error;
  } finally {
    await answer.discard();
  }
}

/** Asks until an answer begins; so far nothing was handed on, so nothing is lost. */
async function begin(download: Download, { signal }: CallOptions): Promise<HttpAnswer> {
  const backoff = download.backoff(briefBackoff);
  for (;;) {
    try {
      const answer = await download.client.get(download.origin, { signal });
      try {
        check(answer, download);
      } catch (error) {
        await answer.discard();
        throw error;
      }
      return answer;
    } catch (error) {
      await backoff.wait(error, { signal });
    }
  }
}

function check(answer: HttpAnswer, { probe }: Download): void {
  assertSameFile(answer, probe);
  assertPlain(answer);
  if (answer.status !== 200) throw senseless(answer.address, `status ${answer.status} for the whole file`);
  const length = contentLength(answer.headers);
  if (probe.sizeBytes !== undefined && length !== undefined && length !== probe.sizeBytes) {
    throw changed(answer.address, `it has ${length} bytes now, not ${probe.sizeBytes}`);
  }
}

const brokenOff = (answer: HttpAnswer, offset: number, cause: BackupError): BackupError =>
  new BackupError('SOURCE_UNAVAILABLE', `${cause.message}, after ${offset} bytes of ${maskUrl(answer.address.url)}`, {
    remedy:
      'Start the download again from its beginning: this server gives no parts, so none can go on from the middle.',
    cause,
  });
