import assert from 'node:assert/strict';
import { BlockIndex, blockState } from '../contracts/block-index.ts';
import type { BackupStore } from '../contracts/store.ts';
import { BackupError } from '../errors.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { assertProof, backUp, cutStore, pipelineCase } from './pipeline-case.ts';
import type { PipelineCase, PipelineTrial } from './pipeline-case.ts';
import { sampleImage } from './sample-image.ts';
import { assertAborts, assertBytes, failureOf } from './store-case.ts';
import { watchStore } from './watched-store.ts';

/** What a cut puts into stores. */
export const cutStoreCases: readonly PipelineCase[] = [
  pipelineCase(
    'stores what is missing',
    'Each distinct block is put once and decodes to its window; the rest counts as reused, and zeros are not stored.',
    async (trial) => {
      const image = sampleImage('AB.0ABAC', trial.format.blockSizeBytes, 20);
      for (const source of await trial.sources(image)) {
        const store = await trial.openStore();
        const into = await cutStore(trial, store);
        const result = await trial.cut({ source, stores: [into] });
        assertProof(result, image, trial.format, 'cut');
        const { written, healed, reused, bytesWritten } = result.stores[0]!;
        assert.deepEqual({ written, healed, reused }, { written: 3, healed: 0, reused: 3 });
        assert.equal((await assertBlocks(trial, store, image.windows)).storedBytes, bytesWritten, 'bytes written');
        assert.equal(into.index.get(trial.format.digest(image.windows[0]!)).state, blockState.written);
      }
    },
  ),
  pipelineCase(
    'reuses what is there',
    'Of an image that is stored already nothing is put; reuse counts as verified only for blocks that are proven.',
    async (trial) => {
      const image = sampleImage('ABC.A', trial.format.blockSizeBytes, 20);
      for (const [state, reusedVerified] of [
        [blockState.listed, false],
        [blockState.proven, true],
      ] as const) {
        const store = watchStore(await trial.openStore());
        await backUp(trial, image, store);
        store.puts.length = 0;
        const stores = [await cutStore(trial, store, { state })];
        const result = await trial.cut({ source: image.source(), stores });
        assert.deepEqual(store.puts, [], 'puts');
        const { written, healed, reused } = result.stores[0]!;
        assert.deepEqual({ written, healed, reused }, { written: 0, healed: 0, reused: 4 });
        assert.equal(result.stores[0]!.reusedVerified, reusedVerified);
      }
    },
  ),
  pipelineCase(
    'heals an empty block',
    'A listed block whose size no sound block has is read, found unsound and put anew; the others are left alone.',
    async (trial) => {
      const image = sampleImage('ABC', trial.format.blockSizeBytes);
      const store = watchStore(await trial.openStore());
      await backUp(trial, image, store);
      const broken = trial.format.blockKey(trial.format.digest(image.windows[1]!));
      await store.put(broken, new Uint8Array(0), trial);
      store.puts.length = 0;
      const result = await trial.cut({ source: image.source(), stores: [await cutStore(trial, store)] });
      assert.deepEqual(store.puts, [broken], 'puts');
      const { written, healed, reused } = result.stores[0]!;
      assert.deepEqual({ written, healed, reused }, { written: 1, healed: 1, reused: 2 });
      await assertBlocks(trial, store, image.windows);
    },
  ),
  pipelineCase(
    'verifies reused blocks',
    'With `verifyReused` each block is proven; one that does not match or is gone is put anew.',
    async (trial) => {
      const { format } = trial;
      const image = sampleImage('ABCDA', format.blockSizeBytes);
      const memory = createMemoryStore();
      const store = watchStore(memory);
      await backUp(trial, image, store);
      const [rotten, gone] = [0, 3].map((window) => format.blockKey(format.digest(image.windows[window]!)));
      const rot = Uint8Array.from(memory.blobs.peek(rotten!)!);
      rot[rot.length - 1]! ^= 1;
      memory.blobs.tamper(rotten!, rot);
      const into = await cutStore(trial, store, { verifyReused: true });
      await memory.delete(gone!, trial);
      store.puts.length = 0;
      const result = await trial.cut({ source: image.source(), stores: [into] });
      assert.deepEqual(store.puts.toSorted(), [rotten, gone].toSorted(), 'puts');
      assert.equal(result.stores[0]!.reusedVerified, true);
      const { written, healed, reused } = result.stores[0]!;
      assert.deepEqual({ written, healed, reused }, { written: 2, healed: 1, reused: 3 });
      await assertBlocks(trial, store, image.windows);
    },
  ),
  pipelineCase(
    'several stores',
    'One reading serves several stores: each gets what it lacks, and no more.',
    async (trial) => {
      const image = sampleImage('AB.C', trial.format.blockSizeBytes, 9);
      for (const source of await trial.sources(image)) {
        const [empty, half] = [watchStore(await trial.openStore()), watchStore(await trial.openStore())];
        await backUp(trial, sampleImage('A', trial.format.blockSizeBytes), half);
        const stores = [await cutStore(trial, empty), await cutStore(trial, half)];
        const result = await trial.cut({ source, stores });
        assert.deepEqual(
          result.stores.map(({ written, reused }) => [written, reused]),
          [
            [3, 0],
            [2, 1],
          ],
        );
        for (const store of [empty, half]) await assertBlocks(trial, store, image.windows);
      }
    },
  ),
  pipelineCase(
    'nothing before the store is ready',
    'Until `ready` resolves nothing is put, though the image is read; when it rejects, the cut does so with its error.',
    async (trial) => {
      const image = sampleImage('ABCDEFGH', trial.format.blockSizeBytes);
      for (const source of await trial.sources(image)) {
        const store = watchStore(await trial.openStore());
        const { index } = await cutStore(trial, store);
        let open = false;
        const ready = somewhatLater().then(() => {
          assert.equal(store.counts.begun, 0, 'calls before the store was ready');
          open = true;
          return { index, method: trial.method };
        });
        const result = await trial.cut({ source, stores: [{ store, ready, verifyReused: false }] });
        assert.ok(open && result.stores[0]!.written === 8, `${result.stores[0]!.written} of 8 blocks written`);
        await assertBlocks(trial, store, image.windows);
      }
      const refused = new BackupError('STORE_LOCKED', 'locked', { remedy: 'Wait.' });
      const store = watchStore(await trial.openStore());
      const ready = somewhatLater().then(() => Promise.reject(refused));
      const job = { source: image.source(), stores: [{ store, ready, verifyReused: false }] };
      assert.equal(await failureOf(trial.cut(job), 'a cut into a store that is not ready resolves'), refused);
      assert.equal(store.counts.begun, 0, 'calls to a store that was never ready');
    },
  ),
  pipelineCase('bounded', 'No more than `concurrency` calls of a store are under way at once.', async (trial) => {
    const image = sampleImage('ABCDEFGHIJKLMNOP', trial.format.blockSizeBytes);
    const store = watchStore(await trial.openStore(), () => new Promise((resolve) => setImmediate(resolve)));
    await trial.cut({ source: image.source(), stores: [await cutStore(trial, store)] }, { concurrency: 2 });
    assert.ok(store.counts.underWayMax <= 2, `${store.counts.underWayMax} calls at once`);
  }),
  pipelineCase(
    'the first error stops',
    'When a put fails the cut rejects with that error, after every call under way has ended and without new ones.',
    async (trial) => {
      const image = sampleImage('ABCDEFGHIJKLMNOPQRSTUVWXYZ', trial.format.blockSizeBytes);
      for (const source of await trial.sources(image)) {
        const failure = new BackupError('NO_SPACE', 'the store is full', { remedy: 'Free some.' });
        const store = watchStore(await trial.openStore(), () => {
          if (store.counts.begun >= 3) throw failure;
        });
        const job = { source, stores: [await cutStore(trial, store)] };
        assert.equal(await failureOf(trial.cut(job), 'a cut into a full store resolves'), failure);
        await assertQuiet(store.counts);
        assert.ok(store.counts.begun < 3 + 8, `${store.counts.begun} puts were begun although the third failed`);
      }
    },
  ),
  pipelineCase(
    'aborted while storing',
    'An abort ends the cut with the signal’s reason, after every call under way has ended and without new ones.',
    async (trial) => {
      const image = sampleImage('ABCDEFGHIJKLMNOP', trial.format.blockSizeBytes);
      const reason = new Error('stopped by the case');
      const controller = new AbortController();
      const store = watchStore(await trial.openStore(), () => {
        if (store.counts.begun === 3) controller.abort(reason);
      });
      const job = { source: image.source(), stores: [await cutStore(trial, store)] };
      await assertAborts(trial.cut(job, { signal: controller.signal }), reason, 'an aborted cut');
      await assertQuiet(store.counts);
      assert.ok(store.counts.begun < 3 + 8, `${store.counts.begun} puts were begun although the third aborted`);
    },
  ),
  pipelineCase(
    'a store without answers is no reason to write',
    'When a block cannot be read to be proven, the cut fails with that error: an outage is not an unsound block.',
    async (trial) => {
      const image = sampleImage('AB', trial.format.blockSizeBytes);
      const failure = new BackupError('STORE_UNAVAILABLE', 'timed out', { remedy: 'Try again.' });
      const store = watchStore(await trial.openStore(), (verb) => {
        if (verb === 'get') throw failure;
      });
      await backUp(trial, image, store);
      store.puts.length = 0;
      const job = { source: image.source(), stores: [await cutStore(trial, store, { verifyReused: true })] };
      assert.equal(await failureOf(trial.cut(job), 'a cut that could not verify resolves'), failure);
      assert.deepEqual(store.puts, []);
    },
  ),
  pipelineCase(
    'an index of its own',
    'Blocks of one image met twice are put once, also in a table just big enough.',
    async (trial) => {
      const image = sampleImage('ABABABAB', trial.format.blockSizeBytes);
      const store = watchStore(await trial.openStore());
      const index = BlockIndex.withRoomFor(2);
      const ready = Promise.resolve({ index, method: trial.method });
      await trial.cut({ source: image.source(), stores: [{ store, ready, verifyReused: false }] });
      assert.equal(store.puts.length, 2);
    },
  ),
];

/** Every window's block is stored and decodes to it, and nothing else is. */
async function assertBlocks(
  { format, method, signal }: PipelineTrial,
  store: BackupStore,
  windows: readonly Uint8Array[],
): Promise<{ readonly storedBytes: number }> {
  const keys = new Set<string>();
  let storedBytes = 0;
  for (const [index, window] of windows.entries()) {
    if (window.every((byte) => byte === 0)) continue;
    const digest = format.digest(window);
    const stored = await store.get(format.blockKey(digest), { signal });
    assertBytes(await format.decodeBlock(method, stored, digest), window, `stored block of window ${index}`);
    if (!keys.has(format.blockKey(digest))) storedBytes += stored.length;
    keys.add(format.blockKey(digest));
  }
  for await (const { key } of store.list('', { signal })) assert.ok(keys.has(key), `"${key}" was stored too`);
  return { storedBytes };
}

/** That no call of a job that has ended is under way or begins. */
async function assertQuiet(counts: { readonly begun: number; readonly underWay: number }): Promise<void> {
  const { begun, underWay } = counts;
  assert.equal(underWay, 0, 'calls still under way when the job had ended');
  await somewhatLater();
  assert.equal(counts.begun, begun, 'calls begun after the job had ended');
}

async function somewhatLater(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}
