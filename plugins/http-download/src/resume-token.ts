import { createHash } from 'node:crypto';
import { ifRangeOf, maskUrl, strongEtag, type HttpAddress, type HttpProbe } from '@hayloft/http';

/**
 * Equal tokens mean equal bytes. Undefined where that cannot be promised.
 *
 * The token is a hash, so it tells nothing. The query of the URL stays out: a signature in it changes with every run.
 * Behind a query, however, one path may stand for many files, so a date and a length prove nothing there and only a
 * strong ETag counts. Elsewhere a date does too, if the file had rested for a minute when it was asked for.
 */
export function resumeTokenOf(origin: HttpAddress, { ranges, sizeBytes, validators }: HttpProbe): string | undefined {
  const validator = origin.url.search === '' ? ifRangeOf(validators) : strongEtag(validators);
  if (!ranges || validator === undefined) return undefined;
  const identity = JSON.stringify([maskUrl(origin.url), validator, sizeBytes]);
  return `http:${createHash('sha256').update(identity).digest('hex')}`;
}
