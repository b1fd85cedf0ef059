import { describe, expect, test } from '@jest/globals';
import type { BackupFormat } from '../contracts/format.ts';
import type { BlockPipeline, CutJob, CutStore, JoinJob } from '../contracts/pipeline.ts';
import { BlockIndex } from '../contracts/block-index.ts';
import type { BackupStore } from '../contracts/store.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { overStore } from '../store/over-store.ts';
import { createPlainFormat } from '../testing/plain-format.ts';
import { createPlainPipeline } from '../testing/plain-pipeline.ts';
import { findingOf } from './finding.ts';
import { pipelineCases } from './pipeline-cases.ts';

const format = createPlainFormat();
const plain = createPlainPipeline(format);

/** A pipeline that breaks one promise, and the case that must notice. */
interface Mutant {
  readonly lie: string;
  readonly caughtBy: string;
  readonly pipeline: BlockPipeline;
}

const overFormat = (changes: Partial<BackupFormat>): BlockPipeline => createPlainPipeline({ ...format, ...changes });
const overJob = (change: (job: CutJob) => CutJob): BlockPipeline => ({
  ...plain,
  cut: (job, options) => plain.cut(change(job), options),
});
const overStores = (change: (store: CutStore) => CutStore): BlockPipeline =>
  overJob((job) => ({ ...job, stores: job.stores.map(change) }));
const overJoin = (change: (job: JoinJob) => JoinJob): BlockPipeline => ({
  ...plain,
  join: (job, options) => plain.join(change(job), options),
});

/** Turns what `get` fails with into another code. */
function mistaking(store: BackupStore, as: ErrorCode): BackupStore {
  return overStore(store, {
    get: async (key, options) => {
      try {
        return await store.get(key, options);
      } catch (error) {
        if (isBackupError(error, 'BLOB_NOT_FOUND') || !isBackupError(error)) throw error;
        throw new BackupError(as, error.message, { remedy: error.remedy });
      }
    },
  });
}

const mutants: readonly Mutant[] = [
  {
    lie: 'forgets what is behind the last whole block',
    caughtBy: 'names every window',
    pipeline: {
      ...plain,
      cut: async (job, options) => {
        const result = await plain.cut(job, options);
        if (result.sizeBytes % format.blockSizeBytes !== 0) result.blocks.set(result.blocks.count - 1, undefined);
        return result;
      },
    },
  },
  {
    lie: 'hashes what it stores and not what it read',
    caughtBy: 'names every window',
    pipeline: overFormat({ digest: (bytes) => format.digest(bytes.subarray(0, bytes.length - 1)) }),
  },
  {
    lie: 'trusts the size that a source states',
    caughtBy: 'a source that breaks its word',
    pipeline: overJob((job) => ({ ...job, source: { ...job.source, sizeBytes: undefined } })),
  },
  {
    lie: 'hashes the whole although nobody asked',
    caughtBy: 'hashes the whole only when asked',
    pipeline: overJob((job) => ({ ...job, wholeDigest: true })),
  },
  {
    lie: 'records a checkpoint before its bytes are there',
    caughtBy: 'writes the file',
    pipeline: overJob((job) => ({
      ...job,
      onCheckpoint: job.onCheckpoint && ((offset) => job.onCheckpoint!(offset + format.blockSizeBytes)),
    })),
  },
  {
    lie: 'begins anew instead of going on',
    caughtBy: 'resumes',
    pipeline: overJob(({ resumeFrom: _ignored, ...job }) => job),
  },
  {
    lie: 'tells steps instead of totals',
    caughtBy: 'progress',
    pipeline: {
      ...plain,
      cut: (job, options) => {
        let last = 0;
        return plain.cut(job, {
          ...options,
          onProgress: ({ doneBytes, reusedBytes }) => {
            options.onProgress?.({ doneBytes: doneBytes - last, reusedBytes });
            last = doneBytes;
          },
        });
      },
    },
  },
  {
    lie: 'cannot be aborted',
    caughtBy: 'aborted while storing',
    pipeline: { ...plain, cut: (job, options) => plain.cut(job, { ...options, signal: new AbortController().signal }) },
  },
  {
    lie: 'asks a store for more at once than it may',
    caughtBy: 'bounded',
    pipeline: { ...plain, cut: (job, options) => plain.cut(job, { ...options, concurrency: 100 }) },
  },
  {
    lie: 'writes before the store is ready',
    caughtBy: 'nothing before the store is ready',
    pipeline: overStores((store) => {
      store.ready.catch(() => {});
      return { ...store, ready: Promise.resolve({ index: BlockIndex.withRoomFor(100), method: 'none' }) };
    }),
  },
  {
    lie: 'stores each block although it is there',
    caughtBy: 'reuses what is there',
    pipeline: overStores((store) => ({
      ...store,
      ready: store.ready.then(({ method }) => ({ index: BlockIndex.withRoomFor(100), method })),
    })),
  },
  {
    lie: 'takes an empty block for a block',
    caughtBy: 'heals an empty block',
    pipeline: overFormat({ packedSizeBounds: () => ({ min: 0, max: Infinity }) }),
  },
  {
    lie: 'does not verify what it says it verified',
    caughtBy: 'verifies reused blocks',
    pipeline: overStores((store) => ({ ...store, verifyReused: false })),
  },
  {
    lie: 'takes an outage for an unsound block',
    caughtBy: 'a store without answers is no reason to write',
    pipeline: overStores((store) => ({ ...store, store: mistaking(store.store, 'DATA_CORRUPT') })),
  },
  {
    lie: 'swallows the errors of its puts',
    caughtBy: 'the first error stops',
    pipeline: overStores((store) => ({
      ...store,
      store: overStore(store.store, { put: (...args) => store.store.put(...args).catch(() => {}) }),
    })),
  },
  {
    lie: 'does not await its puts',
    caughtBy: 'the first error stops',
    pipeline: overStores((store) => ({
      ...store,
      store: overStore(store.store, {
        put: async (...args) => {
          void Promise.resolve()
            .then(() => store.store.put(...args))
            .catch(() => {});
        },
      }),
    })),
  },
  {
    lie: 'serves the first store only',
    caughtBy: 'several stores',
    pipeline: {
      ...plain,
      cut: async (job, options) => {
        const result = await plain.cut({ ...job, stores: job.stores.slice(0, 1) }, options);
        return { ...result, stores: job.stores.map(() => result.stores[0]!) };
      },
    },
  },
  {
    lie: 'stores blocks without packing them as the pool does',
    caughtBy: 'stores what is missing',
    pipeline: overFormat({ encodeBlock: async (_method, bytes) => Buffer.concat([bytes, new Uint8Array(1)]) }),
  },
  {
    lie: 'begins a join anew instead of going on',
    caughtBy: 'goes on where a join stopped',
    pipeline: overJoin((job) => (job.sink.kind === 'file' ? { ...job, sink: { ...job.sink, resume: false } } : job)),
  },
  {
    lie: 'does not prove what it joins',
    caughtBy: 'proves every block',
    pipeline: overFormat({ decodeBlock: async (_method, stored) => stored }),
  },
  {
    lie: 'pads a short block to its window',
    caughtBy: 'a sound block of the wrong length',
    pipeline: overFormat({
      decodeBlock: async (...args) => {
        const bytes = await format.decodeBlock(...args);
        return bytes.length === 50 ? Buffer.concat([bytes], format.blockSizeBytes) : bytes;
      },
    }),
  },
  {
    lie: 'takes an outage for a missing block',
    caughtBy: 'an outage is no missing block',
    pipeline: overJoin((job) => ({ ...job, store: mistaking(job.store, 'BLOB_NOT_FOUND') })),
  },
  {
    lie: 'stops at the first problem',
    caughtBy: 'reports every problem',
    pipeline: overJoin(({ onProblem: _ignored, ...job }) => job),
  },
  {
    lie: 'fetches windows that nobody asked for',
    caughtBy: 'only some windows',
    pipeline: overJoin(({ only: _ignored, ...job }) => job),
  },
  {
    lie: 'does not wait for its stream',
    caughtBy: 'a sink that fails',
    pipeline: overJoin((job) => {
      const { sink } = job;
      if (sink.kind !== 'stream') return job;
      return { ...job, sink: { kind: 'stream', write: async (bytes) => void sink.write(bytes).catch(() => {}) } };
    }),
  },
  {
    lie: 'says the recorded checksum instead of computing it',
    caughtBy: 'hashes the joined only when asked',
    pipeline: {
      ...plain,
      join: async (job, options) => ({ ...(await plain.join(job, options)), checksum: job.config.checksum }),
    },
  },
  {
    lie: 'leaves holes out of a stream',
    caughtBy: 'joins what was cut',
    pipeline: overJoin((job) => {
      const { sink } = job;
      if (sink.kind !== 'stream') return job;
      const write = async (bytes: Uint8Array): Promise<void> => {
        if (bytes.some((byte) => byte !== 0)) await sink.write(bytes);
      };
      return { ...job, sink: { kind: 'stream', write } };
    }),
  },
  {
    lie: 'joins on after an abort',
    caughtBy: 'aborted join',
    pipeline: {
      ...plain,
      join: (job, options) => plain.join(job, { ...options, signal: new AbortController().signal }),
    },
  },
];

describe('a pipeline that lies is caught', () => {
  for (const { lie, caughtBy, pipeline } of mutants) {
    test(`a pipeline that ${lie} fails "${caughtBy}"`, async () => {
      const run = pipelineCases.find(({ name }) => name === caughtBy)!.run({ pipeline, format }, new AbortController());
      await expect(findingOf(run)).resolves.toBe(true);
    });
  }
});
