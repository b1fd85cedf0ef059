import { checkFreeSpace, openDisk } from '@hayloft/disk';
import { inspectBackup, restore } from '@hayloft/engine';
import type { BackupStore, RestoreResult } from '@hayloft/engine';
import { keepIfResumable } from './keep-if-resumable.ts';
import { soundImage } from './make-image.ts';
import type { MadeImage } from './make-image.ts';
import type { Workbench } from './workbench.ts';

export interface RestoreImageRequest {
  readonly store: BackupStore;
  readonly backup: string;
  /** The image's name. */
  readonly name: string;
  readonly checksum?: string | undefined;
  readonly requireChecksum?: boolean | undefined;
  readonly concurrency?: number | undefined;
}

/** Restores a backup as an image of the disk. One that is there, sound and of the same bytes is kept. */
export async function restoreImage(
  request: RestoreImageRequest,
  bench: Workbench,
): Promise<MadeImage & { readonly restored: RestoreResult }> {
  const { store, backup, name, checksum, requireChecksum, concurrency } = request;
  const { signal } = bench;
  const context = await bench.context(store, concurrency);
  const summary = await inspectBackup(store, backup, context);
  const recorded = /^[0-9a-f]{128}$/.test(summary.checksum) ? summary.checksum : undefined;
  const isExpected = checksum === undefined || checksum === recorded;
  const kept = isExpected && summary.state === 'Completed' ? await soundImage(name, recorded, bench) : undefined;
  if (kept !== undefined) {
    const { sizeBytes } = kept;
    return { image: kept, kept: true, restored: { sizeBytes, checksum: kept.checksum, proven: true, durationMs: 0 } };
  }
  const disk = openDisk(bench.assembly.configuration.disk);
  const expectedChecksum = checksum ?? recorded;
  await using target = await disk.prepare(name, { signal, sizeBytes: summary.sizeBytes, expectedChecksum });
  await checkFreeSpace(disk.path, neededBytes(summary, context.format.blockSizeBytes), `the image "${name}"`, {
    signal,
  });
  const sink = { kind: 'target', target } as const;
  const restored = await keepIfResumable(target, async () =>
    restore({ store, name: backup, sink, checksum, requireChecksum }, context),
  );
  return { image: await disk.get(name, { signal }), kept: false, restored };
}

/** Holes take no room. */
export function neededBytes(
  { sizeBytes, blocks }: { readonly sizeBytes: number; readonly blocks: { readonly total: number } },
  blockSizeBytes: number,
): number {
  return Math.min(sizeBytes, blocks.total * blockSizeBytes);
}
