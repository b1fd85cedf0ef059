import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import type { BlockProblem } from '../contracts/pipeline.ts';
import { BackupError } from '../errors.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { backUp, pipelineCase } from './pipeline-case.ts';
import type { PipelineCase } from './pipeline-case.ts';
import { sampleImage } from './sample-image.ts';
import { assertAborts, assertBytes, assertRejects, failureOf } from './store-case.ts';
import { watchStore } from './watched-store.ts';

/** What a join puts together and what it refuses. */
export const joinCases: readonly PipelineCase[] = [
  pipelineCase(
    'joins what was cut',
    'A file, a stream and nobody get the image’s very bytes, with its length and its SHA-512.',
    async (trial) => {
      for (const [plan, tailBytes] of [
        ['A', 1],
        ['.AB0.A..', 9],
        ['....', 3],
        ['ABCDEFGHIJKLMNOPABC', 512],
      ] as const) {
        const image = sampleImage(plan, trial.format.blockSizeBytes, Math.min(tailBytes, trial.format.blockSizeBytes));
        const store = await trial.openStore();
        const config = await backUp(trial, image, store);

        const path = await trial.makeFile();
        const toFile = await trial.join({ store, config, sink: { kind: 'file', path } });
        assertBytes(await readFile(path), image.bytes, `"${plan}" in a file`);

        const parts: Uint8Array[] = [];
        const write = async (bytes: Uint8Array): Promise<void> => {
          parts.push(Uint8Array.from(bytes));
          await new Promise((resolve) => setImmediate(resolve));
          assertBytes(bytes, parts.at(-1)!, 'bytes that changed while the write was waited for');
        };
        const toStream = await trial.join({ store, config, sink: { kind: 'stream', write } });
        assertBytes(Buffer.concat(parts), image.bytes, `"${plan}" in a stream`);

        const toNobody = await trial.join({ store, config });
        for (const result of [toFile, toStream, toNobody]) assert.equal(result.checksum, image.checksum, 'SHA-512');
      }
    },
  ),
  pipelineCase('hashes the joined only when asked', 'Without `wholeDigest` there is no checksum.', async (trial) => {
    const image = sampleImage('AB', trial.format.blockSizeBytes);
    const store = await trial.openStore();
    const config = await backUp(trial, image, store);
    const path = await trial.makeFile();
    const result = await trial.join({ store, config, sink: { kind: 'file', path }, wholeDigest: false });
    assert.equal(result.checksum, undefined);
    assertBytes(await readFile(path), image.bytes, 'the file');
    assert.ok(result.bytesFetched > 0);
  }),
  pipelineCase(
    'goes on where a join stopped',
    'With `resume` what stands in the file is proven; only windows that do not match are fetched, holes are zeros again.',
    async (trial) => {
      const { blockSizeBytes } = trial.format;
      const image = sampleImage('AB.CDEFG', blockSizeBytes, 9);
      const store = watchStore(await trial.openStore());
      const config = await backUp(trial, image, store);
      const left = Uint8Array.from(image.bytes.subarray(0, Math.floor(5.5 * blockSizeBytes)));
      left[blockSizeBytes]! ^= 1; // window 1 is damaged
      left.fill(7, 2 * blockSizeBytes, 3 * blockSizeBytes); // something stands where the hole is
      for (const bytes of [left, Buffer.concat([image.bytes, left])]) {
        const path = await trial.makeFile();
        await writeFile(path, bytes);
        const before = store.counts.begun;
        const sink = { kind: 'file', path, resume: true } as const;
        const result = await trial.join({ store, config, sink });
        assertBytes(await readFile(path), image.bytes, 'the file');
        assert.equal(result.checksum, image.checksum);
        assert.equal(store.counts.begun - before, bytes === left ? 4 : 0, 'blocks fetched');
      }
    },
  ),
  pipelineCase(
    'proves every block',
    'A block that is missing is BLOCK_MISSING; one that is damaged, empty or another’s is DATA_CORRUPT.',
    async (trial) => {
      const { format, method, signal } = trial;
      const image = sampleImage('ABCD', format.blockSizeBytes);
      const key = format.blockKey(format.digest(image.windows[2]!));
      const packed = await format.encodeBlock(method, image.windows[2]!);
      const rot = Uint8Array.from(packed);
      rot[rot.length - 1]! ^= 1;
      const damages: [string, Uint8Array | undefined][] = [
        ['missing', undefined],
        ['one bit', rot],
        ['cut short', packed.subarray(0, packed.length - 1)],
        ['empty', new Uint8Array(0)],
        ['another block', await format.encodeBlock(method, image.windows[0]!)],
        ['a longer block', Buffer.concat([packed, packed])],
      ];
      for (const [what, damage] of damages) {
        const store = await trial.openStore();
        const config = await backUp(trial, image, store);
        if (damage === undefined) await store.delete(key, { signal });
        else await store.put(key, damage, { signal });
        const code = damage === undefined ? 'BLOCK_MISSING' : 'DATA_CORRUPT';
        const path = await trial.makeFile();
        await assertRejects(trial.join({ store, config, sink: { kind: 'file', path } }), code, what);
      }
    },
  ),
  pipelineCase(
    'a sound block of the wrong length',
    'A block that matches its name but is longer or shorter than its window is DATA_CORRUPT.',
    async (trial) => {
      const image = sampleImage('AB', trial.format.blockSizeBytes, 50 % trial.format.blockSizeBytes);
      const store = await trial.openStore();
      const config = await backUp(trial, image, store);
      const [long, short] = [config.blocks.at(0), config.blocks.at(1)];
      for (const [window, digest] of [
        [0, short],
        [1, long],
      ] as const) {
        const blocks = config.blocks.at(window);
        config.blocks.set(window, digest);
        const job = { store, config, wholeDigest: false, only: (index: number) => index === window };
        await assertRejects(trial.join(job), 'DATA_CORRUPT', `the other window's block in window ${window}`);
        config.blocks.set(window, blocks);
      }
    },
  ),
  pipelineCase(
    'reports every problem',
    'With `onProblem` each bad window is reported once with its kind and place, and the rest is read all the same.',
    async (trial) => {
      const { format, signal } = trial;
      const image = sampleImage('ABCDEFB', format.blockSizeBytes);
      const memory = createMemoryStore();
      const keyAt = (window: number): string => format.blockKey(format.digest(image.windows[window]!));
      const store = watchStore(memory, (verb, key) => {
        if (verb === 'get' && key === keyAt(4)) throw new BackupError('ACCESS_DENIED', 'no', { remedy: 'Ask.' });
      });
      const config = await backUp(trial, image, store);
      await memory.delete(keyAt(1), { signal });
      memory.blobs.tamper(keyAt(3), new Uint8Array(10));
      const problems: BlockProblem[] = [];
      const path = await trial.makeFile();
      const onProblem = (problem: BlockProblem): void => void problems.push(problem);
      await trial.join({ store, config, sink: { kind: 'file', path }, onProblem });
      const seen = problems.toSorted((a, b) => a.index - b.index).map(({ kind, index }) => `${kind} ${index}`);
      assert.deepEqual(seen, ['missing 1', 'corrupt 3', 'unreadable 4', 'missing 6']);
      for (const { offset, index, digest } of problems) {
        assert.equal(offset, index * format.blockSizeBytes);
        assert.equal(digest, config.blocks.at(index));
      }
      const expected = Uint8Array.from(image.bytes);
      for (const { offset } of problems) expected.fill(0, offset, offset + format.blockSizeBytes);
      assertBytes(await readFile(path), expected, 'the file, zeros where a block is bad');
    },
  ),
  pipelineCase('only some windows', 'With `only`, blocks of other windows are not fetched.', async (trial) => {
    const image = sampleImage('ABCDEF', trial.format.blockSizeBytes);
    const store = watchStore(await trial.openStore());
    const config = await backUp(trial, image, store);
    const begun = store.counts.begun;
    await trial.join({ store, config, wholeDigest: false, only: (index) => index % 3 === 0 });
    assert.equal(store.counts.begun - begun, 2, 'blocks fetched');
  }),
  pipelineCase(
    'an outage is no missing block',
    'When the store fails, the join fails with the store’s error, after every call under way has ended.',
    async (trial) => {
      const image = sampleImage('ABCDEFGH', trial.format.blockSizeBytes);
      // A log-in page in the place of a block says nothing of the block either.
      for (const code of ['STORE_UNAVAILABLE', 'STORE_INVALID'] as const) {
        const failure = new BackupError(code, 'no answer of a store', { remedy: 'Try again.' });
        let gets = 0;
        const store = watchStore(await trial.openStore(), (verb) => {
          if (verb === 'get' && ++gets === 3) throw failure;
        });
        const config = await backUp(trial, image, store);
        assert.equal(await failureOf(trial.join({ store, config }), 'a join from a failing store resolves'), failure);
        assert.equal(store.counts.underWay, 0, 'calls still under way when the job had ended');
      }
    },
  ),
  pipelineCase(
    'a sink that fails',
    'When the stream cannot be written the join rejects with its error.',
    async (trial) => {
      const image = sampleImage('AB.CDEFGH', trial.format.blockSizeBytes);
      const store = await trial.openStore();
      const config = await backUp(trial, image, store);
      const failure = new Error('broken pipe');
      let writes = 0;
      const write = async (): Promise<void> => {
        if (++writes === 2) throw failure;
      };
      const call = trial.join({ store, config, sink: { kind: 'stream', write } });
      assert.equal(await failureOf(call, 'a join into a broken pipe resolves'), failure);
      assert.equal(writes, 2, 'writes after the one that failed');
    },
  ),
  pipelineCase(
    'aborted join',
    'An abort ends a join with the signal’s reason, and without new calls.',
    async (trial) => {
      const image = sampleImage('ABCDEFGHIJKLMNOP', trial.format.blockSizeBytes);
      const reason = new Error('stopped by the case');
      const controller = new AbortController();
      let gets = 0;
      const store = watchStore(await trial.openStore(), (verb) => {
        if (verb === 'get' && ++gets === 3) controller.abort(reason);
      });
      const config = await backUp(trial, image, store);
      await assertAborts(trial.join({ store, config }, { signal: controller.signal }), reason, 'an aborted join');
      assert.equal(store.counts.underWay, 0, 'calls still under way when the job had ended');
      assert.ok(gets < 3 + 8, `${gets} blocks were asked for although the third aborted`);
      const before = trial.join({ store, config }, { signal: AbortSignal.abort(reason) });
      await assertAborts(before, reason, 'a join that is aborted before');
    },
  ),
];
