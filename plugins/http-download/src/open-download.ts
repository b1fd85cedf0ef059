import { BackupError, type CallOptions, type Clock, type ImageSource, type Logger } from '@hayloft/engine';
import {
  briefBackoff,
  createBackoff,
  ifRangeOf,
  maskUrl,
  openHttp,
  parseHttpAddress,
  probe as probeFile,
  type BackoffTools,
  type HttpAddress,
  type HttpClient,
  type HttpOptions,
  type HttpProbe,
} from '@hayloft/http';
import { createDownload } from './download.ts';
import type { HttpDownloadOptions } from './options.ts';
import { readFiles } from './read-files.ts';
import { readParts } from './read-parts.ts';
import { readStream } from './read-stream.ts';
import { resumeTokenOf } from './resume-token.ts';

export interface DownloadTools extends CallOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** In [0, 1); spreads retries. */
  readonly random: () => number;
  /** Shorter limits for tests. */
  readonly limits?: Pick<HttpOptions, 'answerTimeoutMs' | 'connectTimeoutMs' | 'idleTimeoutMs'>;
}

/** Opens the file behind a URL: asks what it is, reads nothing yet. */
export async function openDownload(options: HttpDownloadOptions, tools: DownloadTools): Promise<ImageSource> {
  const origin = parseHttpAddress(options.url);
  const description = maskUrl(origin.url);
  const httpOptions = await readFiles(options, tools);
  warnOfPlainCredentials(origin, httpOptions, tools.logger);
  const client = openHttp({ ...httpOptions, ...tools.limits, clock: tools.clock });
  const retries: BackoffTools = {
    clock: tools.clock,
    random: tools.random,
    onRetry: (error, delayMs) =>
      tools.logger.warn('download is tried again', { of: description, reason: String(error), delayMs }),
  };
  try {
    const probe = await ask(client, origin, retries, tools);
    refuseWebPage(probe, description);
    const download = createDownload({ client, origin, probe }, retries);
    const { sizeBytes } = probe;
    const inParts = probe.ranges && sizeBytes !== undefined && ifRangeOf(probe.validators) !== undefined;
    return {
      description,
      sizeBytes,
      checksum: options.checksum,
      resumeToken: inParts ? resumeTokenOf(origin, probe) : undefined,
      extents: (reading) =>
        inParts ? readParts(download, { ...options, sizeBytes }, reading) : readStream(download, reading),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

async function ask(
  client: HttpClient,
  origin: HttpAddress,
  retries: BackoffTools,
  { signal }: CallOptions,
): Promise<HttpProbe> {
  const backoff = createBackoff(briefBackoff, retries);
  for (;;) {
    try {
      return await probeFile(client, origin, { signal });
    } catch (error) {
      await backoff.wait(error, { signal });
    }
  }
}

/** A log-in page answers 200 as well; without this it would become an image. */
function refuseWebPage(probe: HttpProbe, description: string): void {
  if (probe.contentType !== 'text/html' && probe.contentType !== 'application/xhtml+xml') return;
  throw new BackupError('SOURCE_INVALID', `${description} is a web page (${probe.contentType}), not an image`, {
    remedy:
      'Open the URL in a browser: it may ask to log in, or only link to the file. Give the URL of the file itself.',
  });
}

function warnOfPlainCredentials(origin: HttpAddress, options: HttpOptions, logger: Logger): void {
  if (origin.url.protocol === 'http:' && (options.basic !== undefined || options.bearer !== undefined)) {
    logger.warn('credentials are sent in clear text: the URL is http, not https', { to: origin.url.host });
  }
}
