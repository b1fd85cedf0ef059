import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlockIndex, blockState } from '../contracts/block-index.ts';
import type { BlockState } from '../contracts/block-index.ts';
import type { BackupConfig, BackupFormat, CompressionMethod } from '../contracts/format.ts';
import type { BlockPipeline, CutJob, CutResult, CutStore, JoinJob, JoinResult } from '../contracts/pipeline.ts';
import type { ImageProof, ImageSource } from '../contracts/source.ts';
import type { BackupStore, CallOptions } from '../contracts/store.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import type { SampleImage } from './sample-image.ts';

/** A pipeline and the format whose blocks it makes. */
export interface PipelineUnderTest {
  readonly pipeline: BlockPipeline;
  readonly format: BackupFormat;
}

export interface PipelineCaseOptions extends CallOptions {
  /** A fresh, empty store; one in memory if not given. Give a directory to try the way past the store's calls. */
  readonly openStore?: ((folder: string) => Promise<BackupStore>) | undefined;
}

/** One promise of `BlockPipeline`, with the code that tries to break it. */
export interface PipelineCase {
  readonly name: string;
  readonly promise: string;
  /** Resolves when the promise is kept, rejects with an `AssertionError` that says what was seen. */
  readonly run: (subject: PipelineUnderTest, options: PipelineCaseOptions) => Promise<void>;
}

/** What a case's body works with. */
export interface PipelineTrial {
  readonly format: BackupFormat;
  readonly method: CompressionMethod;
  readonly signal: AbortSignal;
  readonly openStore: () => Promise<BackupStore>;
  /** An empty file of a throw-away folder. */
  readonly makeFile: () => Promise<string>;
  /** The sample as each kind of source: extents in memory, and a sparse file. */
  readonly sources: (image: SampleImage) => Promise<ImageSource[]>;
  readonly cut: (job: Partial<CutJob> & { source: ImageSource }, call?: Partial<RunOptions>) => Promise<CutResult>;
  readonly join: (
    job: Partial<JoinJob> & Pick<JoinJob, 'store' | 'config'>,
    call?: Partial<RunOptions>,
  ) => Promise<JoinResult>;
}

type RunOptions = Parameters<BlockPipeline['cut']>[1];

export function pipelineCase(
  name: string,
  promise: string,
  body: (trial: PipelineTrial) => Promise<void>,
): PipelineCase {
  return {
    name,
    promise,
    run: async ({ pipeline, format }, { signal, openStore }) => {
      const folder = await mkdtemp(join(tmpdir(), 'hayloft-pipeline-'));
      let files = 0;
      const makeFile = async (bytes = new Uint8Array(0)): Promise<string> => {
        const path = join(folder, `file-${++files}`);
        await writeFile(path, bytes);
        return path;
      };
      const options: RunOptions = { signal, concurrency: 4 };
      try {
        await body({
          format,
          method: format.methods[0]!,
          signal,
          openStore: () => openStore?.(join(folder, `store-${++files}`)) ?? Promise.resolve(createMemoryStore()),
          makeFile,
          sources: async (image) => [
            image.source(),
            { ...image.source(), file: { path: await sparseFile(image, await makeFile()) } },
          ],
          cut: (job, call) => pipeline.cut({ stores: [], wholeDigest: true, ...job }, { ...options, ...call }),
          join: (job, call) =>
            pipeline.join({ sink: { kind: 'none' }, wholeDigest: true, ...job }, { ...options, ...call }),
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** A store for a cut, with what is in it found by listing. */
export async function cutStore(
  trial: PipelineTrial,
  store: BackupStore,
  changes: { readonly state?: BlockState; readonly verifyReused?: boolean } = {},
): Promise<CutStore & { readonly index: BlockIndex }> {
  const { format, method, signal } = trial;
  const index = BlockIndex.withRoomFor(200);
  for await (const { key, sizeBytes } of store.list(format.blocksPrefix, { signal })) {
    index.add(format.parseBlockKey(key)!, sizeBytes, changes.state ?? blockState.listed);
  }
  const ready = Promise.resolve({ index, method });
  return { store, index, ready, verifyReused: changes.verifyReused ?? false };
}

/** Stores a sample's blocks and gives the config that lists them. */
export async function backUp(trial: PipelineTrial, image: SampleImage, store: BackupStore): Promise<BackupConfig> {
  const { sizeBytes, checksum, blocks } = await trial.cut({
    source: image.source(),
    stores: [await cutStore(trial, store)],
  });
  const names = { name: 'sample', labels: undefined, secret: '', secretNamespace: '' };
  const times = { createdAt: '2030-01-01T00:00:00Z', completedAt: '2030-01-01T00:00:00Z' };
  return { ...names, ...times, sizeBytes, checksum: checksum ?? '', compression: trial.method, blocks };
}

export function assertProof(proof: ImageProof, image: SampleImage, format: BackupFormat, what: string): void {
  assert.equal(proof.sizeBytes, image.bytes.length, `${what}: size`);
  assert.equal(proof.blocks.sizeBytes, image.bytes.length, `${what}: size of the map`);
  assert.equal(proof.blocks.count, image.windows.length, `${what}: windows`);
  for (const [index, window] of image.windows.entries()) {
    const expected = window.every((byte) => byte === 0) ? undefined : format.digest(window);
    assert.equal(proof.blocks.at(index), expected, `${what}: window ${index} of "${image.plan}"`);
  }
}

async function sparseFile(image: SampleImage, path: string): Promise<string> {
  await using file = await open(path, 'r+');
  await file.truncate(image.bytes.length);
  for (const extent of image.extents) {
    if (extent.kind === 'data') await file.write(extent.bytes, 0, extent.bytes.length, extent.offset);
  }
  return path;
}
