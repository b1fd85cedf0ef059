import type { BackupFormat } from '../../contracts/format.ts';
import type { BackupStore, BlobKey } from '../../contracts/store.ts';
import { BackupError, isBackupError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { backup } from '../../operations/backup.ts';
import { readingOptions } from '../../operations/reading-options.ts';
import { readReferences } from '../../operations/sweep.ts';
import { listBlocks } from '../../operations/survey-pool.ts';
import { overStore } from '../../store/over-store.ts';
import type { Mutation } from './mutation.ts';
import type { Weather } from './weather.ts';

/** A mistake that a backup program may well have. The simulation is trusted because it finds each of them. */
export interface PlantedBug {
  readonly mistake: string;
  /** The weather in which it does harm; what is not given is drawn. */
  readonly weather: Partial<Weather>;
  readonly mutation: Mutation;
}

const fewRetries: Partial<Weather> = { attempts: 1, killChance: 0, latencyMsMax: 500 };

/** Mistakes in the use of the store. */
const storeMistakes: readonly PlantedBug[] = [
  {
    mistake: 'errors of block writes are swallowed',
    weather: { ...fewRetries, errorBefore: 0.1, failingArea: 'blocks' },
    mutation: {
      store: (store, { format }) =>
        overStore(store, {
          put: async (key, data, options) => {
            const work = store.put(key, data, options);
            await (isBlock(format, key) ? work.catch(() => {}) : work);
          },
        }),
    },
  },
  {
    mistake: 'block writes are not awaited',
    weather: { ...fewRetries, errorBefore: 0.1, failingArea: 'blocks' },
    mutation: {
      store: (store, { format }) =>
        overStore(store, {
          put: async (key, data, options) => {
            const work = store.put(key, data, options);
            if (isBlock(format, key)) work.catch(() => {});
            else await work;
          },
        }),
    },
  },
  {
    mistake: 'a failure is taken for absence',
    weather: { ...fewRetries, errorBefore: 0.1, listBreaks: 0 },
    mutation: { store: (store) => mistaking(store, 'STORE_UNAVAILABLE', 'BLOB_NOT_FOUND') },
  },
  {
    mistake: 'absence is taken for a failure',
    weather: {},
    mutation: { store: (store) => mistaking(store, 'BLOB_NOT_FOUND', 'STORE_UNAVAILABLE') },
  },
  {
    mistake: 'a listing of backups that fails is an empty one',
    weather: { ...fewRetries, listBreaks: 0.8, failingArea: 'configs' },
    mutation: { store: (store, { format }) => listingNothingOnFailure(store, format.configsPrefix) },
  },
  {
    mistake: 'a listing of locks that fails is an empty one',
    weather: { ...fewRetries, listBreaks: 0.8, failingArea: 'locks' },
    mutation: { store: (store, { format }) => listingNothingOnFailure(store, format.lock.prefix) },
  },
];

/** Mistakes about locks. */
const lockMistakes: readonly PlantedBug[] = [
  {
    mistake: 'nobody looks who else holds a lock',
    weather: {},
    mutation: {
      store: (store, { format }) =>
        overStore(store, {
          list: async function* (prefix, options) {
            if (prefix !== format.lock.prefix) yield* store.list(prefix, options);
          },
        }),
    },
  },
  {
    mistake: 'a lock that was lost while the process was stopped is not noticed',
    weather: { stallChance: 0.4 },
    mutation: {
      context: (context) => {
        const [wall, elapsed] = [context.clock.now(), context.clock.monotonic()];
        return { ...context, clock: { ...context.clock, now: () => wall, monotonic: () => elapsed } };
      },
    },
  },
  {
    mistake: 'blocks are collected without a lock',
    weather: {},
    mutation: {
      operations: {
        prune: async ({ store }, context) => {
          const references = await readReferences(store, context);
          for await (const { digest, listed } of listBlocks(store, context)) {
            if (!references.digests.has(digest)) await store.delete(listed.key, context);
          }
          return { blocks: { kept: 0, deleted: 0, orphans: 0 }, bytes: { freed: 0 }, dryRun: false };
        },
      },
    },
  },
];

/** Mistakes of order and proof. */
const proofMistakes: readonly PlantedBug[] = [
  {
    mistake: 'the config is written before the blocks',
    weather: {},
    mutation: {
      operations: {
        backup: async (request, context) => {
          const { store, source, name } = request;
          const image = await context.pipeline.cut(
            { source, stores: [], wholeDigest: true },
            readingOptions(source, context),
          );
          const times = { createdAt: '2030-01-01T00:00:00Z', completedAt: '2030-01-01T00:00:00Z' };
          const names = { name, labels: undefined, secret: '', secretNamespace: '' };
          const compression = request.compression.fallback;
          const config = { ...names, ...times, ...image, checksum: image.checksum!, compression };
          await store.put(context.format.configKey(name), context.format.encodeConfig(config), context);
          return await backup(request, context);
        },
      },
    },
  },
  {
    mistake: 'a restore proves nothing',
    weather: { truncatedGet: 0.05 },
    mutation: {
      context: (context) => {
        const { format, pipeline } = context;
        const decodeBlock: BackupFormat['decodeBlock'] = async (method, stored, digest) => {
          try {
            return await format.decodeBlock(method, stored, digest);
          } catch (error) {
            if (!isBackupError(error, 'DATA_CORRUPT')) throw error;
            return Buffer.concat([stored], format.blockSizeBytes);
          }
        };
        const trusting = context.pipelineOver({ ...format, decodeBlock });
        return {
          ...context,
          pipeline: {
            ...pipeline,
            join: async (job, options) => ({ ...(await trusting.join(job, options)), checksum: job.config.checksum }),
          },
        };
      },
    },
  },
  {
    mistake: 'an empty block is taken for a stored one',
    weather: { leftovers: true },
    mutation: {
      context: (context) => ({
        ...context,
        pipeline: context.pipelineOver({ ...context.format, packedSizeBounds: () => ({ min: 0, max: Infinity }) }),
      }),
    },
  },
];

export const plantedBugs: readonly PlantedBug[] = [...storeMistakes, ...lockMistakes, ...proofMistakes];

function isBlock(format: BackupFormat, key: BlobKey): boolean {
  return format.parseBlockKey(key) !== undefined;
}

/** Gives one answer of `get` and `stat` for another. */
function mistaking(store: BackupStore, is: ErrorCode, taken: ErrorCode): BackupStore {
  const mistake = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      if (!isBackupError(error, is)) throw error;
      throw new BackupError(taken, error.message, { remedy: error.remedy });
    }
  };
  return overStore(store, {
    get: (key, options) => mistake(store.get(key, options)),
    stat: (key, options) => mistake(store.stat(key, options)),
  });
}

function listingNothingOnFailure(store: BackupStore, forPrefix: string): BackupStore {
  return overStore(store, {
    list: async function* (prefix, options) {
      try {
        yield* store.list(prefix, options);
      } catch (error) {
        if (prefix !== forPrefix || !isBackupError(error)) throw error;
      }
    },
  });
}
