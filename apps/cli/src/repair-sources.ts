import { allTargets, isBackupUrl, openTarget } from '@hayloft/assembly';
import { openDisk, openFileSource } from '@hayloft/disk';
import type { BackupStore, RepairSource } from '@hayloft/engine';
import { failureOf } from './report-failure.ts';
import type { Workbench } from './workbench.ts';

export interface RepairSourcesRequest {
  /** The store that is healed. */
  readonly store: BackupStore;
  readonly name: string;
  /** `--from`. */
  readonly from: string | undefined;
}

/** Where sound blocks may come from, nearest first. Stores that are opened go on the stack. */
export async function openRepairSources(
  { store, name, from }: RepairSourcesRequest,
  opened: AsyncDisposableStack,
  bench: Workbench,
): Promise<RepairSource[]> {
  if (from === undefined) return [...(await imageSource(name, bench)), ...(await otherStores(store, opened, bench))];
  if (isBackupUrl(from)) {
    const place = await bench.openBackup(from, '');
    return [{ kind: 'store', store: opened.use(place.store) }];
  }
  const image = await imageSource(from, bench);
  return image.length > 0 ? image : [fileSource(from, bench)];
}

async function imageSource(name: string, bench: Workbench): Promise<RepairSource[]> {
  const images = await openDisk(bench.assembly.configuration.disk).list(bench);
  return images
    .filter((image) => image.name === name && image.sizeBytes > 0)
    .map(({ path }) => fileSource(path, bench));
}

const fileSource = (path: string, { signal }: Workbench): RepairSource => ({
  kind: 'image',
  open: () => openFileSource(path, { signal }),
});

/** A target that cannot be reached does not keep the others from helping. */
async function otherStores(
  healed: BackupStore,
  opened: AsyncDisposableStack,
  bench: Workbench,
): Promise<RepairSource[]> {
  const sources: RepairSource[] = [];
  for (const target of allTargets(bench.assembly)) {
    if (target.origin === 'default') continue;
    try {
      const store = opened.use(await openTarget(target, bench.assembly, bench));
      if (store.location !== healed.location) sources.push({ kind: 'store', store });
    } catch (error) {
      bench.signal.throwIfAborted();
      bench.assembly.say(`Warning: the target ${target.name} cannot help: ${failureOf(error).message}`);
    }
  }
  return sources;
}
