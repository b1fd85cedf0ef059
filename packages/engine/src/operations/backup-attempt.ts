import type { OperationContext } from '../contracts/context.ts';
import type { BackupConfig, CompressionMethod } from '../contracts/format.ts';
import type { CutResult, CutStore, CutStoreResult } from '../contracts/pipeline.ts';
import type { ImageProof } from '../contracts/source.ts';
import { startLock } from '../locks/lock.ts';
import type { HeldLock } from '../locks/lock.ts';
import type { BackupRequest, BackupResult } from './backup.ts';
import { otherContent, readExisting, refuseOtherContent } from './existing-backup.ts';
import { publishConfig } from './publish-config.ts';
import type { Published } from './publish-config.ts';
import { isSameImage } from './same-image.ts';
import { settleListing } from './settle-listing.ts';
import { summarise, timestamp } from './summary.ts';
import { rememberProven, surveyPool } from './survey-pool.ts';
import type { Pool } from './survey-pool.ts';
import { cutUnchanged } from './unchanged-image.ts';
import { storeZeroBlocks } from './zero-blocks.ts';

/**
 * One try to back an image up to one store, from its lock to its config. While the lock settles and the pool is listed,
 * the pipeline reads and hashes. Disposing lets go of the lock.
 */
export class BackupAttempt implements AsyncDisposable {
  readonly request: BackupRequest;
  /** What the store's part works with; its signal also aborts when the lock is lost. */
  readonly context: OperationContext;
  /** Rejects with why this store takes no backup of that name. */
  readonly pool: Promise<Pool>;
  readonly #lock: HeldLock;
  readonly #existing: Promise<BackupConfig | undefined>;
  readonly #createdAt: string;
  readonly #begunAt: number;

  constructor(request: BackupRequest, context: OperationContext) {
    const { store, source, proof } = request;
    const { format, clock } = context;
    format.checkName(request.name);
    this.request = request;
    this.#begunAt = clock.monotonic();
    this.#createdAt = timestamp(clock.now());
    const lock = startLock(store, 'backup', context);
    const locked: OperationContext = { ...context, signal: lock.signal };
    this.#lock = lock;
    this.context = locked;
    this.#existing = lock.acquired.then(() => readExisting(request, lock, locked));
    this.pool = this.#existing.then(async (config) => {
      if (config !== undefined) await refuseOtherContent(request, config, locked);
      await settleListing(store, locked);
      const sizeBytes = source.sizeBytes ?? proof?.sizeBytes;
      return await surveyPool(store, windowsMax(sizeBytes, format.blockSizeBytes), request.compression, locked);
    });
    this.pool.catch(() => {}); // the pipeline rejects with it
  }

  /** This store's part of the pass over the image. */
  get cutStore(): CutStore {
    return { store: this.request.store, ready: this.pool, verifyReused: this.request.verifyReused === true };
  }

  /** What the pass would find, where nothing needs to be read at all. */
  async unchanged(): Promise<CutResult | undefined> {
    const { proof, trustUnchanged } = this.request;
    if (proof === undefined || trustUnchanged !== true) return undefined;
    return cutUnchanged(proof, await this.pool, this.context.format);
  }

  /** Completes the backup: every block of the image is stored. */
  async publish(image: ImageProof, cut: CutResult, counts: CutStoreResult): Promise<Published<BackupResult>> {
    const { request, context } = this;
    const { store } = request;
    const { format, clock } = context;
    context.onProgress?.({ phase: 'finishing', doneBytes: image.sizeBytes, totalBytes: image.sizeBytes });
    const { index, method } = await this.pool;
    const standing = await this.#existing;
    if (standing !== undefined) {
      if (!isSameImage(standing.blocks, image.blocks, format)) throw otherContent(request, 'its blocks differ');
      await storeZeroBlocks(store, standing, index, context);
    }
    const made = standing ?? configOf(image, request, method, this.#createdAt, timestamp(clock.now()));
    const { result: config, held } = await publishConfig(store, made, this.#lock, context);
    if (held) await rememberProven(store, index, context);
    const { written, reused, healed, reusedVerified, bytesWritten } = counts;
    const result: BackupResult = {
      ...summarise(config, store, format),
      blocks: { ...config.blocks.counts(), written, reused, healed, holes: cut.holes },
      reusedVerified,
      bytes: { read: cut.bytesRead, written: bytesWritten },
      durationMs: Math.round(clock.monotonic() - this.#begunAt),
    };
    return { result, held };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock.release();
  }
}

/** An upper bound of the blocks that this run may enter; a source of unknown size gets the most that a config can list. */
function windowsMax(sizeBytes: number | undefined, blockSizeBytes: number): number {
  return sizeBytes === undefined ? 2 ** 19 : Math.ceil(sizeBytes / blockSizeBytes);
}

function configOf(
  image: ImageProof,
  request: BackupRequest,
  compression: CompressionMethod,
  createdAt: string,
  completedAt: string,
): BackupConfig {
  return {
    name: request.name,
    sizeBytes: image.sizeBytes,
    checksum: image.checksum ?? '',
    labels: request.labels,
    compression,
    createdAt,
    completedAt,
    secret: request.secret?.name ?? '',
    secretNamespace: request.secret?.namespace ?? '',
    blocks: image.blocks,
  };
}
