import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, type CallOptions, type ImageProof, type ImageTarget } from '@hayloft/engine';
import { errnoOf, fileError, makeFolders, syncFolder } from '@hayloft/directory-store';
import { openFileInTheMaking } from './file-in-the-making.ts';
import { backingFile, readProof, writeRecords } from './image-files.ts';
import type { ImageRecord } from './image-record.ts';
import { haveSameBytes } from './same-bytes.ts';

export interface PrepareOptions extends CallOptions {
  /** SHA-512 that the user expects, recorded as such; an image of this name with another one is refused at once. */
  readonly expectedChecksum?: string | undefined;
  /** When known: an image of this name and another size is refused now, not after the transfer. */
  readonly sizeBytes?: number | undefined;
}

/** What the making of an image needs to know of its disk. */
export interface ImagePlace {
  readonly name: string;
  /** Where it is made: on the same file system as the images. */
  readonly makingFolder: string;
  readonly imagesFolder: string;
  readonly newUuid: () => string;
  /** The image of this name that is there. */
  readonly existing: () => Promise<ImageRecord | undefined>;
}

/** An image in the making: nobody sees it before `commit` has proven it and made it durable. */
export async function prepareImage(place: ImagePlace, options: PrepareOptions): Promise<ImageTarget> {
  const { name, imagesFolder } = place;
  const { signal, sizeBytes, expectedChecksum } = options;
  signal.throwIfAborted();
  const existing = await place.existing();
  const otherSize = sizeBytes !== undefined && existing !== undefined && existing.sizeBytes !== sizeBytes;
  const otherChecksum =
    expectedChecksum !== undefined && existing?.state === 'ready' && existing.checksum !== ''
      ? existing.checksum !== expectedChecksum
      : false;
  if (otherSize || otherChecksum) throw otherContent(existing!);
  const making = await openFileInTheMaking(place.makingFolder, backingFile, `the image "${name}"`);

  const publish = async (proof: ImageProof): Promise<void> => {
    const uuid = place.newUuid();
    const folder = join(imagesFolder, `${name}-${uuid}`);
    const image = { filePath: join(folder, backingFile), uuid, expectedChecksum: expectedChecksum ?? '' };
    await writeRecords(making.resultFolder, image, proof, await stat(making.path, { bigint: true }));
    await makeFolders(imagesFolder);
    await rename(making.resultFolder, folder);
    await syncFolder(imagesFolder);
  };

  return {
    description: `the image "${name}"`,
    path: making.path,
    get resume() {
      return making.resume;
    },
    cloneFrom: (path, call) => making.cloneFrom(path, call),
    restart: (call) => making.restart(call),
    checkpoint: (token, offset, call) => making.checkpoint(token, offset, call),

    async commit(proof, call) {
      await making.finish(proof.sizeBytes, call);
      try {
        const found = await place.existing();
        call.signal.throwIfAborted();
        if (found === undefined) await publish(proof);
        else await reconcile(making.path, found, proof, expectedChecksum ?? '', call);
      } catch (error) {
        throw fileError(error, `cannot finish the image "${name}"`, { ENOENT: 'INTERNAL' });
      }
      await making.discard();
    },

    [Symbol.asyncDispose]: () => making[Symbol.asyncDispose](),
  };
}

/** An image of that name is there: the same bytes are fine, rotten ones are healed, others are never replaced. */
async function reconcile(
  made: string,
  existing: ImageRecord,
  proof: ImageProof,
  expectedChecksum: string,
  call: CallOptions,
): Promise<void> {
  const folder = join(existing.path, '..');
  const known = await proofOf(folder);
  const record = async (): Promise<void> => {
    const image = { filePath: existing.path, uuid: existing.uuid, expectedChecksum };
    await writeRecords(folder, image, proof, await stat(existing.path, { bigint: true }));
  };
  if (await hasBytes(existing.path, made, call)) {
    if (known === undefined || existing.state !== 'ready') await record();
    return;
  }
  const rotten = known !== undefined && Buffer.compare(known.blocks.table, proof.blocks.table) === 0;
  const lost = existing.state === 'failed' && existing.checksum !== '' && existing.checksum === proof.checksum;
  if (!rotten && !lost) throw otherContent(existing);
  // Nobody's bytes are lost: those that are replaced are not the ones that their own record vouches for.
  call.signal.throwIfAborted();
  await rename(made, existing.path);
  await syncFolder(folder);
  await record();
}

/** The list of an image that was not edited. */
async function proofOf(folder: string): Promise<ImageProof | undefined> {
  try {
    const known = await readProof(folder);
    return known.state === 'valid' ? known.proof : undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function hasBytes(path: string, made: string, call: CallOptions): Promise<boolean> {
  try {
    await stat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
  return haveSameBytes(path, made, call);
}

function otherContent(existing: ImageRecord): BackupError {
  return new BackupError('EXISTS_WITH_OTHER_CONTENT', `the image "${existing.name}" exists and holds other bytes`, {
    remedy: `Choose another name, or run "hayloft image delete ${existing.name}" first.`,
  });
}
