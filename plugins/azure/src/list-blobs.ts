import { BackupError, isBlobKey, type BlobInfo, type CallOptions } from '@hayloft/engine';
import type { AzureConnection } from './azure-connection.ts';
import { isFolder } from './folders.ts';

/** A part of a container. */
export interface Place {
  /** Before every key; '' or ending in `/`. */
  readonly prefix: string;
  readonly location: string;
  /** Blobs in one answer, 1 to 5,000; the service's own 5,000 where undefined. */
  readonly pageSize?: number | undefined;
}

/** Yields every blob whose key starts with `within`, page after page; throws rather than leave one out. */
export async function* listBlobs(
  connection: AzureConnection,
  { prefix, location, pageSize }: Place,
  within: string,
  options: CallOptions,
): AsyncGenerator<BlobInfo> {
  const doing = `list "${within}"`;
  const broken = (why: string): BackupError =>
    new BackupError('STORE_INVALID', `cannot ${doing} in ${location}: the listing ${why}`, {
      remedy: 'Check AZBLOB_ENDPOINT and the proxy: what answers there does not list as Azure Blob Storage does.',
    });
  const markers = new Set<string>();
  let marker: string | undefined;
  do {
    const settings = {
      ...(pageSize === undefined ? {} : { maxPageSize: pageSize }),
      ...(marker === undefined ? {} : { continuationToken: marker }),
    };
    const page = await connection.run(doing, options, async (container, call) => {
      const pages = container.listBlobsFlat({ ...call, prefix: prefix + within, includeMetadata: true });
      const first = await pages.byPage(settings).next();
      if (first.done === true) throw broken('has no page');
      return first.value;
    });
    for (const { name, properties, metadata } of page.segment.blobItems) {
      if (!name.startsWith(prefix + within)) throw broken('shows what was not asked for');
      if (properties.contentLength === undefined) throw broken('is not whole');
      const key = name.slice(prefix.length);
      options.signal.throwIfAborted();
      if (!isBlobKey(key) || isFolder(metadata)) continue;
      yield { key, sizeBytes: properties.contentLength, modifiedAt: properties.lastModified };
    }
    if (page.continuationToken === undefined) throw broken('does not say whether it is complete');
    marker = page.continuationToken || undefined;
    if (marker !== undefined && markers.has(marker)) throw broken('goes round in circles');
    if (marker !== undefined) markers.add(marker);
  } while (marker !== undefined);
  options.signal.throwIfAborted();
}
