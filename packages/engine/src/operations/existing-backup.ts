import { BackupError } from '../errors.ts';
import type { OperationContext } from '../contracts/context.ts';
import type { BackupConfig } from '../contracts/format.ts';
import { readLocks } from '../locks/lock-table.ts';
import type { HeldLock } from '../locks/lock.ts';
import type { BackupRequest } from './backup.ts';
import { readConfigIfThere, recordedChecksum } from './read-config.ts';
import { readingOptions } from './reading-options.ts';
import { isSameImage } from './same-image.ts';

/**
 * The complete config of that name, if there is one. One in progress is what an interrupted run left (Longhorn writes
 * it first) and counts as none, unless somebody may still be at it.
 */
export async function readExisting(
  request: BackupRequest,
  lock: HeldLock,
  context: OperationContext,
): Promise<BackupConfig | undefined> {
  const { store, name } = request;
  const config = await readConfigIfThere(store, name, context);
  if (config === undefined || config.completedAt !== '') return config;
  const locks = await readLocks(store, context);
  const own = locks.find(({ record }) => record.name === lock.name);
  for (const { record, modifiedAt } of locks) {
    const ageMs = (own?.modifiedAt ?? modifiedAt).getTime() - modifiedAt.getTime();
    if (record.type !== 'backup' || record.name === lock.name || ageMs > context.format.lock.expiresMs) continue;
    if ((await context.memory?.isAbandoned(record.name)) === true) continue;
    throw new BackupError(
      'STORE_LOCKED',
      `The backup "${name}" in ${store.location} is in progress, and ${record.name} may be the run that writes it`,
      {
        remedy: 'Try again when that run has ended.',
      },
    );
  }
  return undefined;
}

/**
 * Says before anything is written that the name is taken by other bytes. Where the checksums cannot tell, the image is
 * hashed once more than needed: a rare case, and better than blocks that no backup lists.
 */
export async function refuseOtherContent(
  request: BackupRequest,
  config: BackupConfig,
  context: OperationContext,
): Promise<void> {
  const { source, proof } = request;
  const sizeBytes = proof?.sizeBytes ?? source.sizeBytes;
  if (sizeBytes !== undefined && sizeBytes !== config.sizeBytes) {
    throw otherContent(request, `it is ${config.sizeBytes} bytes, this image ${sizeBytes}`);
  }
  const recorded = recordedChecksum(config);
  if (proof?.checksum !== undefined && recorded !== undefined) {
    if (proof.checksum !== recorded) throw otherContent(request, 'its SHA-512 differs');
    return;
  }
  const blocks =
    proof?.blocks ??
    (await context.pipeline.cut({ source, stores: [], wholeDigest: false }, readingOptions(source, context))).blocks;
  if (!isSameImage(config.blocks, blocks, context.format)) throw otherContent(request, 'its blocks differ');
}

export function otherContent({ store, name }: BackupRequest, why: string): BackupError {
  return new BackupError(
    'EXISTS_WITH_OTHER_CONTENT',
    `A backup "${name}" is in ${store.location} already, with other content: ${why}`,
    {
      remedy: 'Choose another --name, or delete that backup first if it is no longer needed.',
    },
  );
}
