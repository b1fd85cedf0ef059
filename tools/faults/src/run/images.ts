import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource } from '@hayloft/engine';
import { seededRandom } from '@hayloft/engine/testing';
import { blockSizeBytes } from '@hayloft/longhorn-format';

/** An image whose bytes are known. */
export interface KnownImage {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-512, lower-case hex. */
  readonly checksum: string;
}

/**
 * What stands in the store before the fault (`hay`), what is backed up while it strikes (`straw`), and once more with
 * small changes (`chaff`). Letters are contents, capitals noise that does not get smaller, `0` zeros, `.` a hole; the last
 * window is short.
 */
const windowsOf = {
  hay: 'abAd.0e',
  straw: 'abAdB..fghC0n',
  chaff: 'abAdB..fgpC0q',
} as const;
export type ImageName = keyof typeof windowsOf;
export type Images = Readonly<Record<ImageName, KnownImage>>;

const tailBytes = 300_000 - (300_000 % 512);

/** The image that a backup of that name is of. */
export function imageOf(images: Images, name: string): KnownImage {
  const image = images[name as ImageName];
  if (image === undefined) throw new Error(`nobody backed up "${name}"`);
  return image;
}

/** Writes the images into `folder`. */
export function makeImages(folder: string): Images {
  const make = (name: ImageName): KnownImage => makeImage(name, join(folder, name));
  return { hay: make('hay'), straw: make('straw'), chaff: make('chaff') };
}

function makeImage(name: ImageName, path: string): KnownImage {
  const windows = windowsOf[name];
  const sizeBytes = (windows.length - 1) * blockSizeBytes + tailBytes;
  const hash = createHash('sha512');
  const file = openSync(path, 'w');
  ftruncateSync(file, sizeBytes);
  for (const [index, window] of [...windows].entries()) {
    const bytes = contentOf(window).subarray(0, Math.min(blockSizeBytes, sizeBytes - index * blockSizeBytes));
    hash.update(bytes);
    if (window !== '.') writeSync(file, bytes, 0, bytes.length, index * blockSizeBytes);
  }
  closeSync(file);
  return { name, path, sizeBytes, checksum: hash.digest('hex') };
}

/** Most blocks pack to some KiB, so that many faults cost little; the noise fills many packets. */
function contentOf(window: string): Uint8Array {
  const bytes = new Uint8Array(blockSizeBytes);
  if (window === '.' || window === '0') return bytes;
  const random = seededRandom(window.charCodeAt(0));
  bytes.fill(window.charCodeAt(0));
  bytes.set(random.bytes(/[A-Z]/.test(window) ? blockSizeBytes : 4096));
  return bytes;
}

export function sourceOf({ path, sizeBytes }: KnownImage): ImageSource {
  return {
    description: path,
    sizeBytes,
    file: { path },
    extents: () => {
      throw new Error('a file is read by the workers');
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
