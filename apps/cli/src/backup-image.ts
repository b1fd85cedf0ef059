import { stat, statfs } from 'node:fs/promises';
import { openDisk, openFileSource } from '@hayloft/disk';
import { backup, backupToEach } from '@hayloft/engine';
import type {
  BackupResult,
  BackupStore,
  CompressionMethod,
  ImageProof,
  ImageSource,
  ImageToBackUp,
} from '@hayloft/engine';
import type { Workbench } from './workbench.ts';

export interface BackupImageRequest {
  /** Name of the backup. */
  readonly name: string;
  /** An image of the disk, or a file that is backed up as it is. */
  readonly from: { readonly kind: 'image'; readonly name: string } | { readonly kind: 'file'; readonly path: string };
  /** Asked for in so many words; else the pool's own method, then the configuration's. */
  readonly compression?: CompressionMethod | undefined;
  readonly mixCompression?: boolean | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly secret?: { readonly name: string; readonly namespace: string } | undefined;
  readonly verifyReused?: boolean | undefined;
  /** Where the image's file is untouched, read nothing that the store has. */
  readonly trustUnchanged?: boolean | undefined;
  readonly concurrency?: number | undefined;
}

/** Backs up an image, compared with its own list of blocks on the way, or a file. */
export async function backupImage(
  request: BackupImageRequest & { readonly store: BackupStore },
  bench: Workbench,
): Promise<BackupResult> {
  const { store } = request;
  await using image = await openImage(request, bench);
  await warnOfLittleSpace(store, image.source, bench);
  return await backup({ ...image, store }, await bench.context(store, request.concurrency));
}

/** The same to several stores, reading the image once. */
export async function backupImageToEach(
  request: BackupImageRequest,
  stores: readonly BackupStore[],
  bench: Workbench,
): Promise<PromiseSettledResult<BackupResult>[]> {
  await using image = await openImage(request, bench);
  const destinations = [];
  for (const store of stores) {
    await warnOfLittleSpace(store, image.source, bench);
    destinations.push({ store, context: await bench.context(store, request.concurrency) });
  }
  return await backupToEach(image, destinations, await bench.context(undefined, request.concurrency));
}

async function openImage(request: BackupImageRequest, bench: Workbench): Promise<ImageToBackUp & AsyncDisposable> {
  const { name, compression, mixCompression: mix, labels, secret, verifyReused } = request;
  const { source, proof, untouched } = await openOrigin(request.from, bench);
  return {
    source,
    name,
    proof,
    trustUnchanged: request.trustUnchanged === true && untouched,
    compression: { explicit: compression, fallback: bench.assembly.configuration.compression, mix },
    labels,
    secret,
    verifyReused,
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

interface Origin {
  readonly source: ImageSource;
  readonly proof: ImageProof | undefined;
  /** The file is in every respect the one that the proof was made of. */
  readonly untouched: boolean;
}

async function openOrigin(from: BackupImageRequest['from'], bench: Workbench): Promise<Origin> {
  const { signal } = bench;
  if (from.kind === 'file')
    return { source: await openFileSource(from.path, { signal }), proof: undefined, untouched: false };
  const disk = openDisk(bench.assembly.configuration.disk);
  const image = await disk.get(from.name, bench);
  const known = await disk.proof(image, bench);
  if (known.state !== 'valid')
    bench.assembly.say(`The image "${image.name}" gets a new list of blocks: ${known.reason}.`);
  const proof =
    known.state === 'valid'
      ? known.proof
      : await disk.prove(image, {
          ...(await bench.context()),
          onProgress: ({ doneBytes }) =>
            bench.progress.show({ phase: 'reading', doneBytes, totalBytes: image.sizeBytes }),
        });
  return {
    source: await openFileSource(image.path, { signal, description: `the image "${image.name}"` }),
    proof,
    untouched: known.state === 'valid' && known.untouched,
  };
}

/**
 * How much a backup takes is known when it is done: blocks that are there already and what packing saves take nothing. So
 * a directory with less room than the image's data is worth a word, and no refusal.
 */
async function warnOfLittleSpace(
  { directory, location }: BackupStore,
  { file }: ImageSource,
  bench: Workbench,
): Promise<void> {
  if (directory === undefined || file === undefined) return;
  const [{ bavail, bsize }, { blocks }] = await Promise.all([statfs(directory.path), stat(file.path)]);
  const [freeBytes, dataBytes] = [bavail * bsize, blocks * 512];
  if (freeBytes >= dataBytes) return;
  bench.assembly.say(
    `Warning: ${location} has ${freeBytes} bytes left, and the image holds ${dataBytes} bytes of data: it fits only if enough of them are there already.`,
  );
}
