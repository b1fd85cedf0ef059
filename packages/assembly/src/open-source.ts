import type { Readable } from 'node:stream';
import type { CallOptions, ImageSource } from '@hayloft/engine';
import { BackupError, isBackupError } from '@hayloft/engine';
import { openDisk } from '@hayloft/disk';
import type { Assembly } from './assembly.ts';
import { isBackupUrl, isUrl } from './find-target.ts';
import { loadPlugin } from './load-plugin.ts';

/** How to fetch an http(s) URL, beside what the configuration says under `downloads:`. */
export interface DownloadRequest {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly headerFile?: string | undefined;
  readonly user?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly cacert?: string | undefined;
}

export interface OpenSourceOptions extends CallOptions {
  readonly download?: DownloadRequest | undefined;
  /** What `-` reads. */
  readonly stdin: Readable;
}

/** Where an image comes from, by the form of the text that names it. */
export type SourceKind = 'download' | 'path' | 'stdin' | 'image' | 'backup';

/** What a SOURCE means: an http(s) URL, a path, `-`, a backup's URL, or `image:NAME`. */
export function sourceKindOf(text: string): SourceKind {
  if (text === '-') return 'stdin';
  if (/^https?:\/\//i.test(text)) return 'download';
  if (text.startsWith('image:')) return 'image';
  if (isBackupUrl(text)) return 'backup';
  if (isUrl(text) && text.includes('://')) {
    throw new BackupError('USAGE_INVALID', `No image can be read from a ${text.split(':', 1)[0]} URL`, {
      remedy:
        'Give an http or https URL, a path, "-", image:NAME, or a backup\'s URL, which ends in ?backingImage=NAME.',
    });
  }
  return 'path';
}

/**
 * Opens the source of an image, for one reading. A backup is no source of this kind: it is restored, under its store's
 * lock. What the plugin throws; `IMAGE_NOT_FOUND`, `USAGE_INVALID`.
 */
export async function openSource(text: string, assembly: Assembly, options: OpenSourceOptions): Promise<ImageSource> {
  const kind = sourceKindOf(text);
  if (kind === 'download')
    return openWith('download', downloadOptions(text, assembly, options.download), assembly, options);
  if (options.download !== undefined) {
    throw new BackupError('USAGE_INVALID', 'Headers, users, tokens and certificates are for http and https URLs only', {
      remedy: 'Leave these flags out, or give such a URL with --from.',
    });
  }
  if (kind === 'path') return openWith('upload', { path: text }, assembly, options);
  if (kind === 'stdin') return openWith('upload', { stdin: options.stdin }, assembly, options);
  if (kind === 'image') return openImage(text.slice('image:'.length), assembly, options);
  throw new TypeError('a backup is restored, not read as a source');
}

/** An image of the disk as a source: a copy of it, byte for byte. */
export async function openImage(name: string, assembly: Assembly, options: CallOptions): Promise<ImageSource> {
  const { path, checksum } = await openDisk(assembly.configuration.disk).get(name, options);
  const clone = { name, path, encryption: 'ignore', ...(checksum === '' ? {} : { checksum }) };
  return openWith('clone', clone, assembly, options);
}

function downloadOptions(url: string, { configuration }: Assembly, request: DownloadRequest = {}): unknown {
  const { proxy, noProxy, cacert } = configuration.downloads;
  return { proxy: proxy?.reveal(), noProxy, url, ...request, cacert: request.cacert ?? cacert };
}

async function openWith(
  type: string,
  options: unknown,
  assembly: Assembly,
  { signal }: CallOptions,
): Promise<ImageSource> {
  const plugin = await loadPlugin('source', type, assembly);
  return plugin.open(parse(plugin, options), { signal, logger: assembly.logger, credentials: new Map() });
}

function parse(plugin: { readonly options: { parse(value: unknown): unknown } }, options: unknown): unknown {
  try {
    return plugin.options.parse(options);
  } catch (error) {
    // What was typed is wrong, not a configuration.
    if (!isBackupError(error, 'CONFIGURATION_INVALID')) throw error;
    throw new BackupError('USAGE_INVALID', error.message, { remedy: error.remedy, cause: error });
  }
}
