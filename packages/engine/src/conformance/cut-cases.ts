import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import type { PipelineProgress } from '../contracts/pipeline.ts';
import type { ImageSource } from '../contracts/source.ts';
import { BackupError } from '../errors.ts';
import { assertProof, cutStore, pipelineCase } from './pipeline-case.ts';
import type { PipelineCase } from './pipeline-case.ts';
import { sampleImage } from './sample-image.ts';
import { assertAborts, assertBytes, assertRejects, failureOf } from './store-case.ts';

/** What a cut says of an image, and what it leaves in a file. */
export const cutCases: readonly PipelineCase[] = [
  pipelineCase(
    'names every window',
    'Each window of an image is named by its block’s hash, zeros and holes are none, and the whole has its SHA-512.',
    async (trial) => {
      const { format } = trial;
      for (const [plan, tailBytes] of [
        ['A', format.blockSizeBytes],
        ['AB.0A', format.blockSizeBytes],
        ['..A', 512 % format.blockSizeBytes || 1],
        ['A.0', 7],
        ['0', 1],
        ['ABCDEFGHIJKLMNOPABCDEFGH', format.blockSizeBytes - 1],
      ] as const) {
        const image = sampleImage(plan, format.blockSizeBytes, tailBytes);
        for (const source of await trial.sources(image)) {
          const what = `"${plan}"${source.file === undefined ? '' : ' from a file'}`;
          const result = await trial.cut({ source });
          assertProof(result, image, format, what);
          assert.equal(result.checksum, image.checksum, `${what}: SHA-512`);
          assert.equal(result.holes, [...plan].filter((letter) => /[.0]/.test(letter)).length, `${what}: holes`);
          assert.deepEqual(result.stores, []);
        }
      }
    },
  ),
  pipelineCase('size unknown', 'A source that does not know its size is cut to its end.', async (trial) => {
    const image = sampleImage('AB.C', trial.format.blockSizeBytes, 10);
    const result = await trial.cut({ source: image.source({ sizeBytes: 'unknown' }) });
    assertProof(result, image, trial.format, 'cut');
    assert.equal(result.checksum, image.checksum);
  }),
  pipelineCase('an empty image', 'An image of 0 bytes has no windows, and the SHA-512 of nothing.', async (trial) => {
    const image = sampleImage('', trial.format.blockSizeBytes);
    const result = await trial.cut({ source: image.source() });
    assertProof(result, image, trial.format, 'cut');
    assert.equal(result.checksum, image.checksum);
  }),
  pipelineCase(
    'hashes the whole only when asked',
    'Without `wholeDigest` there is no checksum, and the blocks are the same.',
    async (trial) => {
      const image = sampleImage('AB.A', trial.format.blockSizeBytes);
      const result = await trial.cut({ source: image.source(), wholeDigest: false });
      assert.equal(result.checksum, undefined);
      assertProof(result, image, trial.format, 'cut');
    },
  ),
  pipelineCase(
    'writes the file',
    'A file that is given gets the image’s bytes and length, and every checkpoint’s bytes are in it by then.',
    async (trial) => {
      const image = sampleImage('AB.0CDEFGHIJKL.', trial.format.blockSizeBytes, 9);
      for (const source of await trial.sources(image)) {
        const path = await trial.makeFile();
        let last = 0;
        const onCheckpoint = async (offset: number): Promise<void> => {
          assert.ok(offset > last && offset % trial.format.blockSizeBytes === 0, `checkpoint ${offset} after ${last}`);
          last = offset;
          const bytes = await readFile(path);
          assert.ok(bytes.length >= offset, `checkpoint ${offset} of a file of ${bytes.length} bytes`);
          assertBytes(bytes.subarray(0, offset), image.bytes.subarray(0, offset), `bytes below checkpoint ${offset}`);
        };
        const result = await trial.cut({ source, file: { path }, onCheckpoint });
        assertProof(result, image, trial.format, 'cut');
        assertBytes(await readFile(path), image.bytes, 'the file');
      }
    },
  ),
  pipelineCase(
    'resumes',
    'What stands in the file is read back and not asked for again; what is behind it is replaced; the result is the same.',
    async (trial) => {
      const { blockSizeBytes } = trial.format;
      const image = sampleImage('AB.0CDEF', blockSizeBytes, 9);
      const path = await trial.makeFile();
      const resumeFrom = 3 * blockSizeBytes;
      const left = Uint8Array.from(image.bytes.subarray(0, 5 * blockSizeBytes)).fill(0xee, resumeFrom);
      await writeFile(path, left);
      let askedFrom: number | undefined;
      const whole = image.source({ resumeToken: 'same' });
      const source: ImageSource = {
        ...whole,
        extents: (options) => {
          askedFrom = options.from;
          return whole.extents(options);
        },
      };
      const result = await trial.cut({ source, file: { path }, resumeFrom });
      assert.equal(askedFrom, resumeFrom, 'the source is asked from');
      assertProof(result, image, trial.format, 'cut');
      assert.equal(result.checksum, image.checksum);
      assertBytes(await readFile(path), image.bytes, 'the file');
    },
  ),
  pipelineCase(
    'progress',
    'Progress is a total that never falls and ends at the image’s size, holes included.',
    async (trial) => {
      const image = sampleImage('AB.0A..B', trial.format.blockSizeBytes, 9);
      for (const source of await trial.sources(image)) {
        const seen: PipelineProgress[] = [];
        const stores = [await cutStore(trial, await trial.openStore())];
        await trial.cut({ source, stores }, { onProgress: (progress) => seen.push(progress) });
        for (const [index, { doneBytes, reusedBytes }] of seen.entries()) {
          assert.ok(doneBytes >= (seen[index - 1]?.doneBytes ?? 0), `done falls to ${doneBytes}`);
          assert.ok(reusedBytes <= doneBytes, `${reusedBytes} reused of ${doneBytes}`);
        }
        assert.equal(seen.at(-1)?.doneBytes, image.bytes.length);
      }
    },
  ),
  pipelineCase(
    'a source that breaks its word',
    'A source that ends early or late is SOURCE_CHANGED, and what it throws comes out as it is.',
    async (trial) => {
      const image = sampleImage('ABC', trial.format.blockSizeBytes);
      for (const sizeBytes of [image.bytes.length - 1, image.bytes.length + 1, image.bytes.length * 2]) {
        const what = `${image.bytes.length} bytes instead of ${sizeBytes}`;
        await assertRejects(trial.cut({ source: image.source({ sizeBytes }) }), 'SOURCE_CHANGED', what);
      }
      const failure = new BackupError('SOURCE_UNAVAILABLE', 'the origin went away', { remedy: 'Try again.' });
      const source: ImageSource = {
        ...image.source(),
        extents: async function* () {
          yield image.extents[0]!;
          throw failure;
        },
      };
      const store = await trial.openStore();
      const job = { source, stores: [await cutStore(trial, store)] };
      assert.equal(await failureOf(trial.cut(job), 'a cut of a failing source resolves'), failure);
    },
  ),
  pipelineCase(
    'aborted cut',
    'An abort ends a cut with the signal’s reason, before it begins or while the source waits.',
    async (trial) => {
      const image = sampleImage('ABCD', trial.format.blockSizeBytes);
      const reason = new Error('stopped by the case');
      for (const source of await trial.sources(image)) {
        const before = trial.cut(
          { source, stores: [await cutStore(trial, await trial.openStore())] },
          { signal: AbortSignal.abort(reason) },
        );
        await assertAborts(before, reason, 'a cut that is aborted before');
      }
      const controller = new AbortController();
      const source: ImageSource = {
        ...image.source(),
        extents: async function* ({ signal }) {
          yield image.extents[0]!;
          await new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(reason), { once: true });
            controller.abort(reason);
          });
        },
      };
      await assertAborts(trial.cut({ source }, { signal: controller.signal }), reason, 'a cut whose source waits');
    },
  ),
];
