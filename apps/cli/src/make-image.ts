import { stat } from 'node:fs/promises';
import { openSource, sourceKindOf } from '@hayloft/assembly';
import type { DownloadRequest } from '@hayloft/assembly';
import { checkFreeSpace, openDisk } from '@hayloft/disk';
import type { ImageRecord } from '@hayloft/disk';
import { checkChecksumForm, createImage } from '@hayloft/engine';
import type { ImageSource } from '@hayloft/engine';
import { keepIfResumable } from './keep-if-resumable.ts';
import { restoreImage } from './restore-image.ts';
import type { Workbench } from './workbench.ts';

export interface MakeImageRequest {
  readonly name: string;
  /** An http(s) URL, a path, `-`, a backup's URL, or `image:NAME`. */
  readonly from: string;
  readonly checksum?: string | undefined;
  readonly pad?: boolean | undefined;
  readonly download?: DownloadRequest | undefined;
  readonly credentials?: string | undefined;
}

export interface MadeImage {
  readonly image: ImageRecord;
  /** It was there already, with these very bytes, and nothing was read from the source. */
  readonly kept: boolean;
}

/** Makes an image of the disk from any source. One that is there, sound and of the expected checksum is kept. */
export async function makeImage(request: MakeImageRequest, bench: Workbench): Promise<MadeImage> {
  const { name, from, checksum, pad } = request;
  checkChecksumForm(checksum);
  if (sourceKindOf(from) === 'backup') {
    const place = await bench.openBackup(from, '', request);
    await using store = place.store;
    return await restoreImage({ store, backup: place.name, name, checksum }, bench);
  }
  const disk = openDisk(bench.assembly.configuration.disk);
  if (pad !== true) {
    const kept = await soundImage(name, checksum, bench);
    if (kept !== undefined) return { image: kept, kept: true };
  }
  const { signal } = bench;
  await using source = await openSource(from, bench.assembly, {
    signal,
    download: request.download,
    stdin: process.stdin,
  });
  // What a pad adds is not known before the source has ended.
  const expectation = pad === true ? {} : { sizeBytes: source.sizeBytes, expectedChecksum: checksum };
  await using target = await disk.prepare(name, { signal, ...expectation });
  const missingBytes = (await dataBytes(source)) - (target.resume?.offset ?? 0);
  await checkFreeSpace(disk.path, missingBytes, `the image "${name}"`, { signal });
  const context = await bench.context();
  await keepIfResumable(target, async () => createImage({ source, target, checksum, pad }, context));
  return { image: await disk.get(name, { signal }), kept: false };
}

/** The room that an image takes, as far as its source tells; the holes of a file take none. */
async function dataBytes({ file, sizeBytes = 0 }: ImageSource): Promise<number> {
  return file === undefined ? sizeBytes : Math.min(sizeBytes, (await stat(file.path)).blocks * 512);
}

/**
 * The image of that name, if it has the expected SHA-512 and its bytes still are what they were: then there is nothing
 * to do. Without an expectation, or with a doubt, the source decides.
 */
export async function soundImage(
  name: string,
  checksum: string | undefined,
  bench: Workbench,
): Promise<ImageRecord | undefined> {
  if (checksum === undefined) return undefined;
  const disk = openDisk(bench.assembly.configuration.disk);
  const image = (await disk.list(bench)).find((each) => each.name === name);
  if (image?.state !== 'ready' || image.checksum !== checksum) return undefined;
  const context = await bench.context();
  const onProgress = verifyingProgress(bench, image);
  const { ok, comparedWith } = await disk.verify(image, { ...context, onProgress });
  return ok && comparedWith !== 'nothing' ? image : undefined;
}

/** Shows a reading of that image. */
export function verifyingProgress(bench: Workbench, { sizeBytes }: ImageRecord) {
  return ({ doneBytes }: { readonly doneBytes: number }): void =>
    bench.progress.show({ phase: 'verifying', doneBytes, totalBytes: sizeBytes });
}
