import { BackupError, isBackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BlockProblem } from '../contracts/pipeline.ts';
import type { BackupStore } from '../contracts/store.ts';
import { listConfigs, readCompleteConfig, recordedChecksum } from './read-config.ts';
import { readUnderLock } from './read-under-lock.ts';
import { joinOptions } from './restore.ts';

export interface VerifyRequest {
  readonly store: BackupStore;
  /** Undefined verifies every backup of the store. */
  readonly name?: string | undefined;
  /** Share of each backup's blocks that is read, in percent (0–100]; below 100 the whole digest cannot be recomputed. */
  readonly samplePercent?: number | undefined;
}

export interface VerifyProblem {
  readonly kind: BlockProblem['kind'] | 'checksum';
  readonly backup: string;
  readonly block?: string;
  readonly offset?: number;
  readonly detail: string;
}

export interface VerifiedBackup {
  readonly name: string;
  readonly url: string;
  readonly ok: boolean;
  readonly sizeBytes: number;
  /** SHA-512 of the whole as computed; absent where only a sample was read or the backup could not be. */
  readonly checksum?: string;
  readonly problems: readonly VerifyProblem[];
}

export interface VerifyResult {
  readonly ok: boolean;
  readonly problems: readonly VerifyProblem[];
  readonly items: readonly VerifiedBackup[];
  /** Backups that could not be read at all, though they may be sound: in progress, unreadable config. */
  readonly untried: readonly { readonly name: string; readonly message: string }[];
}

/** Reads every block, proves it, and recomputes the digest of the whole: what a restore would prove, without one. */
export async function verify(request: VerifyRequest, context: OperationContext): Promise<VerifyResult> {
  const { store, name } = request;
  return await readUnderLock(store, context, async (locked) => {
    const names = name === undefined ? [...(await listConfigs(store, locked)).keys()].sort() : [name];
    const items: VerifiedBackup[] = [];
    const untried: { name: string; message: string }[] = [];
    for (const each of names) {
      try {
        items.push(await verifyBackup(store, each, request.samplePercent ?? 100, locked));
      } catch (error) {
        if (name !== undefined || !isBackupError(error, 'BACKUP_INCOMPLETE', 'STORE_INVALID', 'BACKUP_NOT_FOUND'))
          throw error;
        untried.push({ name: each, message: error.message });
      }
    }
    const problems = items.flatMap((item) => item.problems);
    return { ok: problems.length === 0 && untried.length === 0, problems, items, untried };
  });
}

async function verifyBackup(
  store: BackupStore,
  name: string,
  samplePercent: number,
  context: OperationContext,
): Promise<VerifiedBackup> {
  const config = await readCompleteConfig(store, name, context);
  const problems: VerifyProblem[] = [];
  const whole = samplePercent >= 100;
  const sampled = whole ? undefined : sample(config.blocks.count, samplePercent, context);
  const { checksum } = await context.pipeline.join(
    {
      store,
      config,
      sink: { kind: 'none' },
      wholeDigest: whole && recordedChecksum(config) !== undefined,
      onProblem: ({ kind, digest, offset, detail }) =>
        problems.push({ kind, backup: name, block: digest, offset, detail }),
      only: sampled === undefined ? undefined : (index) => sampled[index] === 1,
    },
    joinOptions(config, 'verifying', context),
  );
  const recorded = recordedChecksum(config);
  if (problems.length === 0 && checksum !== undefined && recorded !== undefined && checksum !== recorded) {
    problems.push({
      kind: 'checksum',
      backup: name,
      detail: `every block matches its hash, but the whole is ${checksum} and the backup recorded ${recorded}`,
    });
  }
  const url = context.format.backupUrl(store.location, name);
  const proven = problems.length === 0 && checksum !== undefined ? { checksum } : {};
  return { name, url, ok: problems.length === 0, sizeBytes: config.sizeBytes, ...proven, problems };
}

/** Marks a random share of the windows, at least one. */
function sample(count: number, percent: number, context: OperationContext): Uint8Array {
  if (!(percent > 0)) {
    throw new BackupError('USAGE_INVALID', `a sample of ${percent} % reads nothing`, {
      remedy: 'Give a share above 0 and up to 100.',
    });
  }
  const marks = new Uint8Array(count);
  const random = context.randomBytes(count * 4);
  const words = new DataView(random.buffer, random.byteOffset, random.byteLength);
  for (let i = 0; i < count; i++) marks[i] = (words.getUint32(i * 4) / 2 ** 32) * 100 < percent ? 1 : 0;
  if (count > 0 && !marks.includes(1)) marks[words.getUint32(0) % count] = 1;
  return marks;
}
