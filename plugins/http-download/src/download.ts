import { BackupError } from '@hayloft/engine';
import {
  createBackoff,
  maskUrl,
  sameFile,
  validatorsOf,
  type Backoff,
  type BackoffPolicy,
  type BackoffTools,
  type HttpAddress,
  type HttpAnswer,
  type HttpClient,
  type HttpProbe,
} from '@hayloft/http';

/** One file being read: what was asked for, what the server said of it at first, and the means to ask again. */
export interface Download {
  readonly client: HttpClient;
  /** The URL that the user gave. */
  readonly origin: HttpAddress;
  readonly probe: HttpProbe;
  /** Where redirects led last: asked first, so that they are spared and all parts come from one mirror. */
  mirror: HttpAddress;
  /** Bytes that arrived in all parts together. */
  receivedBytes: number;
  readonly backoff: (policy: BackoffPolicy) => Backoff;
}

export function createDownload(parts: Pick<Download, 'client' | 'origin' | 'probe'>, tools: BackoffTools): Download {
  return { ...parts, mirror: parts.probe.address, receivedBytes: 0, backoff: (policy) => createBackoff(policy, tools) };
}

/** Throws `SOURCE_CHANGED` when `answer` is of another state of the file than the one that was probed. */
export function assertSameFile(answer: HttpAnswer, probe: HttpProbe): void {
  if (!sameFile(probe.validators, validatorsOf(answer.headers))) {
    throw changed(answer.address, 'its ETag or date is another one now');
  }
}

export const changed = (address: HttpAddress, how: string): BackupError =>
  new BackupError('SOURCE_CHANGED', `${maskUrl(address.url)} changed while it was read: ${how}`, {
    remedy: 'Start the download again when the file is complete and still.',
  });

/** An answer that contradicts itself or the question. */
export const senseless = (address: HttpAddress, how: string): BackupError =>
  new BackupError('SOURCE_INVALID', `the answer of ${maskUrl(address.url)} makes no sense: ${how}`, {
    remedy: 'Use another server or mirror, and tell who runs this one.',
  });

/** An answer that ended in good order, but too early: what a proxy makes of a cut behind it. */
export const cutShort = (address: HttpAddress, receivedBytes: number, ofBytes: number): BackupError =>
  new BackupError(
    'SOURCE_UNAVAILABLE',
    `the answer of ${maskUrl(address.url)} ended after ${receivedBytes} of ${ofBytes} bytes`,
    { remedy: 'Check the network and the host, then retry.' },
  );

/** Nothing here decodes: what was hashed at the origin are the bytes of the file. */
export function assertPlain(answer: HttpAnswer): void {
  const encoding = answer.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return;
  throw new BackupError(
    'SOURCE_INVALID',
    `${maskUrl(answer.address.url)} is sent as "${encoding}" although plain bytes were asked for`,
    { remedy: 'Have the server send the file as it is, without Content-Encoding.' },
  );
}
