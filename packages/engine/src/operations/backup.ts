import { BackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupConfig, CompressionMethod } from '../contracts/format.ts';
import type { CutJob, CutResult } from '../contracts/pipeline.ts';
import type { ImageProof, ImageSource } from '../contracts/source.ts';
import type { BackupStore } from '../contracts/store.ts';
import { startLock } from '../locks/lock.ts';
import { publishConfig, untilHeld } from './publish-config.ts';
import type { Published } from './publish-config.ts';
import { otherContent, readExisting, refuseOtherContent } from './existing-backup.ts';
import { readingOptions } from './reading-options.ts';
import { differingWindows, isSameImage } from './same-image.ts';
import { checkImageSize } from './image-size.ts';
import { settleListing } from './settle-listing.ts';
import { summarise, timestamp } from './summary.ts';
import type { BackupSummary } from './summary.ts';
import { rememberProven, surveyPool } from './survey-pool.ts';
import type { MethodWish } from './survey-pool.ts';
import { cutUnchanged } from './unchanged-image.ts';
import { storeZeroBlocks } from './zero-blocks.ts';

export interface BackupRequest {
  readonly store: BackupStore;
  readonly source: ImageSource;
  /** The backup's name: an image has one backup a store. */
  readonly name: string;
  /** What the image's own list says (decision 9): every block is compared with it, and the whole is not hashed again. */
  readonly proof?: ImageProof | undefined;
  /**
   * Trust that a file whose size, times and inode are those of its proof has not changed: nothing of it is read where the
   * store holds every block. Rot below the file system is then not noticed.
   */
  readonly trustUnchanged?: boolean | undefined;
  readonly compression: MethodWish;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Names of the Kubernetes Secret of an encrypted image. */
  readonly secret?: { readonly name: string; readonly namespace: string } | undefined;
  /** Read and prove each block that the store holds already. */
  readonly verifyReused?: boolean | undefined;
}

export interface BackupResult extends Omit<BackupSummary, 'blocks'> {
  readonly blocks: {
    readonly total: number;
    readonly unique: number;
    readonly written: number;
    readonly reused: number;
    readonly healed: number;
    readonly holes: number;
  };
  /** Every block that was reused was read and matched, in this run or by this machine before (and is unchanged since). */
  readonly reusedVerified: boolean;
  readonly bytes: { readonly read: number; readonly written: number };
  readonly durationMs: number;
}

/**
 * Backs an image up: its blocks first, the complete config last, under a shared lock. A run that ends at any instant
 * leaves at most unreferenced blocks, which the next one uses.
 *
 * A backup of that name with the same bytes is kept and healed; with other bytes it is never replaced
 * (`EXISTS_WITH_OTHER_CONTENT`). `DATA_CORRUPT` when the image does not match its own proof.
 */
export async function backup(request: BackupRequest, context: OperationContext): Promise<BackupResult> {
  return await untilHeld(() => backupOnce(request, context), context);
}

async function backupOnce(request: BackupRequest, context: OperationContext): Promise<Published<BackupResult>> {
  const { store, source, name, proof } = request;
  const { format, clock } = context;
  format.checkName(name);
  checkImageSize(source.sizeBytes, source.description);
  const begunAt = clock.monotonic();
  const createdAt = timestamp(clock.now());

  context.onProgress?.({ phase: 'locking', doneBytes: 0 });
  const lock = startLock(store, 'backup', context);
  const locked: OperationContext = { ...context, signal: lock.signal };
  try {
    // While the lock settles and the pool is listed, the pipeline reads and hashes.
    const existing = lock.acquired.then(() => readExisting(request, lock, locked));
    const pool = existing.then(async (config) => {
      if (config !== undefined) await refuseOtherContent(request, config, locked);
      await settleListing(store, locked);
      return await surveyPool(store, windowsMax(source, proof, format.blockSizeBytes), request.compression, locked);
    });
    pool.catch(() => {}); // the pipeline rejects with it
    const unchanged =
      proof !== undefined && request.trustUnchanged === true ? cutUnchanged(proof, await pool, format) : undefined;
    const job: CutJob = {
      source,
      stores: [{ store, ready: pool, verifyReused: request.verifyReused === true }],
      wholeDigest: proof === undefined,
    };
    const cut = unchanged ?? (await context.pipeline.cut(job, readingOptions(source, locked)));
    const image = provenImage(cut, request, format.blockSizeBytes);
    checkImageSize(image.sizeBytes, source.description);
    checkAgainstProof(image, request, locked);

    context.onProgress?.({ phase: 'finishing', doneBytes: image.sizeBytes, totalBytes: image.sizeBytes });
    const { index, method } = await pool;
    const standing = await existing;
    if (standing !== undefined) {
      if (!isSameImage(standing.blocks, image.blocks, format)) throw otherContent(request, 'its blocks differ');
      await storeZeroBlocks(store, standing, index, locked);
    }
    const made = standing ?? configOf(image, request, method, createdAt, timestamp(clock.now()));
    const { result: config, held } = await publishConfig(store, made, lock, locked);
    if (held) await rememberProven(store, index, locked);
    const [counts] = cut.stores;
    const result: BackupResult = {
      ...summarise(config, store, format),
      blocks: {
        ...config.blocks.counts(),
        written: counts!.written,
        reused: counts!.reused,
        healed: counts!.healed,
        holes: cut.holes,
      },
      reusedVerified: counts!.reusedVerified,
      bytes: { read: cut.bytesRead, written: counts!.bytesWritten },
      durationMs: Math.round(clock.monotonic() - begunAt),
    };
    return { result, held };
  } finally {
    await lock.release();
  }
}

/** An upper bound of the blocks that this run may enter; a source of unknown size gets the most that a config can list. */
function windowsMax(source: ImageSource, proof: ImageProof | undefined, blockSizeBytes: number): number {
  const sizeBytes = source.sizeBytes ?? proof?.sizeBytes;
  return sizeBytes === undefined ? 2 ** 19 : Math.ceil(sizeBytes / blockSizeBytes);
}

function provenImage(cut: CutResult, { proof, source }: BackupRequest, blockSizeBytes: number): ImageProof {
  if (cut.blocks.blockSizeBytes !== blockSizeBytes)
    throw new TypeError('the pipeline cuts blocks of another size than the format');
  if (source.sizeBytes !== undefined && cut.sizeBytes !== source.sizeBytes) {
    throw new BackupError(
      'SOURCE_CHANGED',
      `${source.description} gave ${cut.sizeBytes} bytes instead of ${source.sizeBytes}`,
      {
        remedy: 'Run it again when nothing writes to the source.',
      },
    );
  }
  return { sizeBytes: cut.sizeBytes, checksum: proof?.checksum ?? cut.checksum, blocks: cut.blocks };
}

/** Bit rot is found before a backup claims it: equal lists prove the recorded digest of the whole. */
function checkAgainstProof(image: ImageProof, { proof, source }: BackupRequest, context: OperationContext): void {
  if (proof === undefined) return;
  const windows = differingWindows(proof.blocks, image.blocks, context.format);
  if (windows.length === 0 && proof.sizeBytes === image.sizeBytes) return;
  const at = windows.slice(0, 5).map((index) => index * image.blocks.blockSizeBytes);
  throw new BackupError(
    'DATA_CORRUPT',
    `${source.description} is damaged: ${windows.length} of its ${image.blocks.count} blocks do not match the proof that was made with it (at offsets ${at.join(', ')}${windows.length > 5 ? ', …' : ''})`,
    { remedy: 'Nothing was backed up. Restore the image from a backup, or create it anew from its source.' },
  );
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
