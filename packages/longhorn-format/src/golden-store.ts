import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { BlobKey, CompressionMethod } from '@hayloft/engine';

/** For tests: a store that Longhorn's own library wrote (`npm run golden` in tools/longhorn-peer), by key. */
export function goldenStore(method: CompressionMethod): ReadonlyMap<BlobKey, Uint8Array> {
  const packed = readFileSync(join(import.meta.dirname, `testdata/golden/${method}.json.gz`));
  const files = JSON.parse(gunzipSync(packed).toString()) as Record<string, string>;
  return new Map(Object.entries(files).map(([key, bytes]) => [key, Buffer.from(bytes, 'base64')]));
}
