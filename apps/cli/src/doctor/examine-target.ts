import { randomBytes } from 'node:crypto';
import { openTarget } from '@hayloft/assembly';
import type { TargetConfiguration } from '@hayloft/assembly';
import { listBackups, systemClock } from '@hayloft/engine';
import type { BackupStore } from '@hayloft/engine';
import type { Workbench } from '../workbench.ts';
import { ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

/** Locks are judged by the store's own clock; ours only ever counts in what people see, and in certificates. */
const clockSkewMsMax = 30_000;

/** Whether a target can be reached, read and written, and how far its clock is from ours. */
export async function examineTarget(target: TargetConfiguration, bench: Workbench): Promise<readonly Finding[]> {
  const { name } = target;
  await using store = await openTarget(target, bench.assembly, bench);
  const backups = await listBackups(store, await bench.context(store));
  const skewMs = await clockSkewMs(store, bench);
  const finding = ok(`target ${name}`, `${store.location}: ${backups.length} backups, can be written`);
  const unreadable = backups.filter(({ state }) => state === 'Unknown');
  const clock =
    Math.abs(skewMs) <= clockSkewMsMax
      ? []
      : [
          warning(
            `target ${name}`,
            `its clock is ${Math.round(skewMs / 1000)} s ahead of this machine's`,
            'Set both by NTP: times of backups are wrong otherwise.',
          ),
        ];
  return [
    finding,
    ...clock,
    ...unreadable.map((backup) =>
      warning(
        `target ${name}`,
        backup.message ?? `the backup ${backup.name} cannot be read`,
        'Run "hayloft backup verify --all" on this target.',
      ),
    ),
  ];
}

/** How far the store's clock is ahead, from a blob that is written, looked at and removed. */
async function clockSkewMs(store: BackupStore, { signal }: Workbench): Promise<number> {
  const key = `hayloft-check-${randomBytes(6).toString('hex')}/clock`;
  const before = systemClock.now();
  await store.put(key, Buffer.from('hayloft doctor\n'), { signal });
  try {
    const { modifiedAt } = await store.stat(key, { signal });
    const after = systemClock.now();
    const seen = modifiedAt.getTime();
    return seen < before ? seen - before : Math.max(0, seen - after);
  } finally {
    await store.delete(key, { signal });
  }
}
