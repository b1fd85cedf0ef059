import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildImage, imageShapes, isHole } from './image-shapes.ts';
import type { ImageShape } from './image-shapes.ts';
import { runLonghornPeer } from './run-longhorn-peer.ts';

/**
 * Writes the golden corpus: for each method one store that Longhorn's library made, as gzipped JSON that maps each path to
 * its bytes in base64. Run it with `npm run golden` after changing the shapes.
 */
const golden = join(import.meta.dirname, '../../../packages/longhorn-format/src/testdata/golden');

const work = mkdtempSync(join(tmpdir(), 'hayloft-golden-'));
try {
  mkdirSync(golden, { recursive: true });
  await Promise.all(['lz4', 'gzip', 'none'].map(writeStore));
} finally {
  rmSync(work, { recursive: true });
}

async function writeStore(method: string): Promise<void> {
  const store = join(work, method);
  mkdirSync(store);
  // One after the other: on a file system the library's own locks trip over each other.
  for (const shape of imageShapes) await backUp(shape, method, store);
  const files = readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [relative(store, path), readFileSync(path, 'base64')]);
  const packed = gzipSync(JSON.stringify(Object.fromEntries(files)), { level: 9 });
  writeFileSync(join(golden, `${method}.json.gz`), packed);
  console.log(`${method}: ${files.length} files, ${packed.length} bytes`);
}

async function backUp(shape: ImageShape, method: string, store: string): Promise<void> {
  const image = join(work, `${method}-${shape.name}.img`);
  writeImage(image, shape);
  const { exitCode, stderr, output } = await runLonghornPeer([
    'backup',
    ...['-mapping', shape.mapping],
    ...['-created', '2026-01-02T03:04:05Z'],
    ...Object.entries(shape.labels ?? {}).flatMap(([key, value]) => ['-label', `${key}=${value}`]),
    ...['-secret', shape.secret ?? '', '-secret-namespace', shape.secretNamespace ?? ''],
    ...(shape.interrupted ? ['-interrupt'] : []),
    image,
    shape.name,
    `vfs://${store}/`,
    method,
  ]);
  if (exitCode !== (shape.interrupted ? 1 : 0)) throw new Error(`${shape.name}: ${JSON.stringify(output)} ${stderr}`);
}

function writeImage(path: string, shape: ImageShape): void {
  const bytes = buildImage(shape);
  const windowBytes = 2 * 1024 * 1024;
  const file = openSync(path, 'w');
  for (let offset = 0; offset < bytes.length; offset += windowBytes) {
    if (!isHole(shape, offset / windowBytes))
      writeSync(file, bytes, offset, Math.min(windowBytes, bytes.length - offset), offset);
  }
  closeSync(file);
  truncateSync(path, bytes.length);
}
