import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupError, type CallOptions, type ImageProof, type ImageTarget } from '@hayloft/engine';
import { errnoOf, fileError, makeFolders, syncFolder } from '@hayloft/directory-store';
import { encodeBackingCfg } from './backing-cfg.ts';
import { replaceFile } from './file-in-the-making.ts';
import { backingFile, cfgFile, readProof, type ProofState } from './image-files.ts';
import { checkImageName, imageNotFound, parseImageFolder } from './image-names.ts';
import { readCfg, readImageRecord, type ImageRecord } from './image-record.ts';
import { lockFolder } from './lock-folder.ts';
import { prepareImage, type PrepareOptions } from './prepare-image.ts';
import { proveImage, verifyImage, type ImageVerification, type ReadingOptions } from './prove-image.ts';

/** A directory of images in Longhorn's layout. One process at a time may make, rename or delete an image. */
export interface Disk {
  readonly path: string;
  /** Every image, by name; a broken one too, with what is wrong in its record. */
  list(options: CallOptions): Promise<readonly ImageRecord[]>;
  /** `IMAGE_NOT_FOUND`, with the names that are near. */
  get(name: string, options: CallOptions): Promise<ImageRecord>;
  /**
   * Begins an image, or goes on with one that an interrupted run left. `USAGE_INVALID` for the name,
   * `STORE_LOCKED` when another process is making it, `EXISTS_WITH_OTHER_CONTENT` (here or from `commit`).
   */
  prepare(name: string, options: PrepareOptions): Promise<ImageTarget>;
  /** The image's list of block digests, if it is still that of the file. */
  proof(image: ImageRecord, options: CallOptions): Promise<ProofState>;
  /** Gives an image without a list, or one that was edited, a new one. See `proveImage`. */
  prove(image: ImageRecord, options: ReadingOptions): Promise<ImageProof>;
  /** Reads an image and reports every block that is not what it was. */
  verify(image: ImageRecord, options: ReadingOptions): Promise<ImageVerification>;
  /** Atomic. `IMAGE_NOT_FOUND`, `EXISTS_WITH_OTHER_CONTENT` when the new name is taken. */
  rename(name: string, newName: string, options: CallOptions): Promise<ImageRecord>;
  /** `IMAGE_NOT_FOUND`. Gone for all readers at once, then its space is freed. */
  delete(name: string, options: CallOptions): Promise<void>;
}

/** The disk at `path`. Nothing is made before the first image is: a path where nothing is holds no images. */
export function openDisk(path: string): Disk {
  const root = resolve(path);
  const imagesFolder = join(root, 'backing-images');
  const deletedFolder = join(root, 'tmp', '.hayloft', 'deleted');
  const makingFolder = (name: string): string => join(root, 'tmp', '.hayloft', 'making', name);

  const find = async (name: string): Promise<ImageRecord | undefined> => {
    const records = (await foldersIn(imagesFolder)).filter((each) => each.name === name);
    const found = await Promise.all(records.map((each) => readImageRecord(each.folder, each.name, each.uuid)));
    // Longhorn may leave several of one name behind; the newest that is ready is the one in use.
    return found.sort((a, b) => rank(a) - rank(b) || b.createdAt.localeCompare(a.createdAt))[0];
  };
  const get = async (name: string): Promise<ImageRecord> => {
    checkImageName(name);
    const found = await find(name);
    if (found !== undefined) return found;
    throw imageNotFound(
      name,
      (await foldersIn(imagesFolder)).map((each) => each.name),
    );
  };
  const lock = (name: string): Promise<AsyncDisposable> => {
    checkImageName(name);
    return lockFolder(makingFolder(name), `the image "${name}" is in use`);
  };

  return {
    path: root,

    list: ({ signal }) =>
      attempt(`list the images of ${root}`, async () => {
        signal.throwIfAborted();
        const folders = await foldersIn(imagesFolder);
        return Promise.all(folders.map((each) => readImageRecord(each.folder, each.name, each.uuid)));
      }),

    get: (name, { signal }) =>
      attempt(`look for the image "${name}"`, async () => {
        signal.throwIfAborted();
        return get(name);
      }),

    prepare: (name, options) =>
      attempt(`prepare the image "${name}"`, async () => {
        checkImageName(name);
        const newUuid = (): string => randomBytes(4).toString('hex');
        const place = { name, makingFolder: makingFolder(name), imagesFolder, newUuid, existing: () => find(name) };
        return prepareImage(place, options);
      }),

    proof: (image, { signal }) =>
      attempt(`read the list of the image "${image.name}"`, async () => {
        signal.throwIfAborted();
        return readProof(dirname(image.path));
      }),

    prove: (image, options) =>
      attempt(`prove the image "${image.name}"`, async () => {
        await using _lock = await lock(image.name);
        return await proveImage(image, options);
      }),

    verify: (image, options) => attempt(`verify the image "${image.name}"`, () => verifyImage(image, options)),

    rename: (name, newName, { signal }) =>
      attempt(`rename the image "${name}"`, async () => {
        signal.throwIfAborted();
        if (newName === name) return get(name);
        await using _old = await lock(name);
        await using _new = await lock(newName);
        const image = await get(name);
        if ((await find(newName)) !== undefined) {
          throw new BackupError('EXISTS_WITH_OTHER_CONTENT', `the image "${newName}" exists already`, {
            remedy: 'Choose another name, or delete that image first.',
          });
        }
        const folder = join(imagesFolder, `${newName}-${image.uuid}`);
        await rename(dirname(image.path), folder);
        await syncFolder(imagesFolder);
        await recordPath(folder);
        return await readImageRecord(folder, newName, image.uuid);
      }),

    delete: (name, { signal }) =>
      attempt(`delete the image "${name}"`, async () => {
        signal.throwIfAborted();
        await using _lock = await lock(name);
        const image = await get(name);
        await makeFolders(deletedFolder);
        await rename(dirname(image.path), join(deletedFolder, basename(dirname(image.path))));
        await syncFolder(imagesFolder);
        // The space of this deletion, and of every one that was interrupted here.
        for (const each of await readdir(deletedFolder))
          await rm(join(deletedFolder, each), { recursive: true, force: true });
      }),
  };
}

async function attempt<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, `cannot ${doing}`, { ENOENT: 'IMAGE_NOT_FOUND' });
  }
}

async function foldersIn(imagesFolder: string): Promise<{ folder: string; name: string; uuid: string }[]> {
  let entries: string[];
  try {
    entries = await readdir(imagesFolder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  return entries.sort().flatMap((entry) => {
    const image = parseImageFolder(entry);
    return image === undefined ? [] : [{ folder: join(imagesFolder, entry), ...image }];
  });
}

const rank = ({ state }: ImageRecord): number => ['ready', 'unknown', 'failed'].indexOf(state);

/** Longhorn's record names the image's file; a record that cannot be read stays as it is. */
async function recordPath(folder: string): Promise<void> {
  const read = await readCfg(folder);
  if (!('cfg' in read)) return;
  await replaceFile(join(folder, cfgFile), encodeBackingCfg({ ...read.cfg, filePath: join(folder, backingFile) }));
}
