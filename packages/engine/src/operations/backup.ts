import type { OperationContext } from '../contracts/context.ts';
import type { ImageProof, ImageSource } from '../contracts/source.ts';
import type { BackupStore } from '../contracts/store.ts';
import { BackupAttempt } from './backup-attempt.ts';
import { cutImage, provenImage } from './cut-image.ts';
import { checkImageSize } from './image-size.ts';
import { untilHeld } from './publish-config.ts';
import type { Published } from './publish-config.ts';
import type { BackupSummary } from './summary.ts';
import type { MethodWish } from './survey-pool.ts';

export interface ImageToBackUp {
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

export interface BackupRequest extends ImageToBackUp {
  readonly store: BackupStore;
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
  checkImageSize(request.source.sizeBytes, request.source.description);
  context.onProgress?.({ phase: 'locking', doneBytes: 0 });
  await using attempt = new BackupAttempt(request, context);
  const cut = (await attempt.unchanged()) ?? (await cutImage([attempt], attempt.context));
  return await attempt.publish(provenImage(cut, request, attempt.context), cut, cut.stores[0]!);
}
