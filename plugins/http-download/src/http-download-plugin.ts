import { pluginContract, systemClock, type SourcePlugin } from '@hayloft/engine';
import { openDownload } from './open-download.ts';
import { parseOptions, type HttpDownloadOptions } from './options.ts';

/** Source `download`: an image behind an http or https URL. */
export const httpDownloadPlugin: SourcePlugin<HttpDownloadOptions> = {
  contract: pluginContract,
  kind: 'source',
  type: 'download',
  summary: 'An image behind an http or https URL',
  options: { parse: parseOptions },
  open: (options, { signal, logger }) =>
    openDownload(options, { signal, logger, clock: systemClock, random: Math.random }),
};
