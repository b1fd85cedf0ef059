import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extentSizeBytesMax } from '../contracts/source.ts';
import type { ImageSource } from '../contracts/source.ts';
import type { CallOptions } from '../contracts/store.ts';
import { assertAborts, assertBytes } from './store-case.ts';

export interface SourceCaseOptions extends CallOptions {
  /** What the source must yield; at most some MiB, and at least two blocks of `blockSizeBytes`. */
  readonly image: Uint8Array;
  readonly blockSizeBytes: number;
}

/** One promise of `ImageSource`, with the code that tries to break it. */
export interface SourceCase {
  readonly name: string;
  readonly promise: string;
  /** `open` opens the same image anew; the case disposes of it. */
  readonly run: (open: () => Promise<ImageSource>, options: SourceCaseOptions) => Promise<void>;
}

export const sourceCases: readonly SourceCase[] = [
  {
    name: 'yields the image',
    promise: 'Extents start at 0, follow each other without gap, are not too long, and end at the image’s size.',
    run: async (open, { image, signal }) => {
      await using source = await open();
      assertBytes(await read(source, signal), image, 'the image');
      if (source.sizeBytes !== undefined) assert.equal(source.sizeBytes, image.length, 'sizeBytes');
    },
  },
  {
    name: 'yields it again',
    promise: 'Opened anew it yields the same bytes, and where it has a token the same token.',
    run: async (open, { image, signal }) => {
      await using first = await open();
      await using second = await open();
      assert.equal(second.resumeToken, first.resumeToken, 'resumeToken');
      assertBytes(await read(second, signal), image, 'the image');
    },
  },
  {
    name: 'resumes',
    promise: 'A source with a token yields from any multiple of the block size exactly what is left.',
    run: async (open, { image, blockSizeBytes, signal }) => {
      await using source = await open();
      if (source.resumeToken === undefined) return;
      for (const from of [0, blockSizeBytes, Math.floor((image.length - 1) / blockSizeBytes) * blockSizeBytes]) {
        await using again = await open();
        assertBytes(await read(again, signal, from), image.subarray(from), `the image from ${from}`);
      }
    },
  },
  {
    name: 'says what it promises',
    promise: 'The checksum it states and the file it names are those of the bytes it yields.',
    run: async (open, { image }) => {
      await using source = await open();
      if (source.file !== undefined) assertBytes(await readFile(source.file.path), image, 'the file');
      if (source.checksum === undefined) return;
      assert.equal(source.checksum, createHash('sha512').update(image).digest('hex'), 'checksum');
    },
  },
  {
    name: 'describes itself without secrets',
    promise: 'Neither the description nor the token shows userinfo or a query, where secrets hide.',
    run: async (open) => {
      await using source = await open();
      assert.ok(source.description.length > 0);
      for (const text of [source.description, source.resumeToken ?? '']) {
        assert.doesNotMatch(text, /:\/\/[^/\s]*:[^/\s]*@/, 'a password');
        assert.doesNotMatch(text, /[?&](X-Amz-Signature|sig|token|Signature)=(?!\*|\[|…)/i, 'a presigned query');
      }
    },
  },
  {
    name: 'aborts',
    promise: 'An aborted signal ends the extents with its reason, before the first or on the way.',
    run: async (open, { image }) => {
      const reason = new Error('stopped by the case');
      await using before = await open();
      await assertAborts(read(before, AbortSignal.abort(reason)), reason, 'extents with an aborted signal');
      await using source = await open();
      const controller = new AbortController();
      const reading = read(source, controller.signal, 0, () => controller.abort(reason));
      const [result] = await Promise.allSettled([reading]);
      // A small image may have come as a whole with its first extent.
      if (result.status === 'fulfilled') assertBytes(result.value, image, 'extents that were too quick to abort');
      else assert.equal(result.reason, reason);
    },
  },
];

/** All bytes of a source from `from`, while checking how they are dealt out. */
async function read(source: ImageSource, signal: AbortSignal, from = 0, onExtent?: () => void): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let position = from;
  for await (const extent of source.extents(from === 0 ? { signal } : { signal, from })) {
    assert.equal(extent.offset, position, 'an extent begins elsewhere than the one before it ended');
    const length = extent.kind === 'data' ? extent.bytes.length : extent.length;
    assert.ok(length > 0, `an empty extent at ${position}`);
    assert.ok(extent.kind === 'hole' || length <= extentSizeBytesMax, `an extent of ${length} bytes`);
    parts.push(extent.kind === 'data' ? Uint8Array.from(extent.bytes) : new Uint8Array(length));
    position += length;
    onExtent?.();
  }
  return Buffer.concat(parts);
}
