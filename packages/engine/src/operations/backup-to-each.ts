import type { OperationContext } from '../contracts/context.ts';
import type { CutResult } from '../contracts/pipeline.ts';
import type { BackupStore } from '../contracts/store.ts';
import { backup } from './backup.ts';
import type { BackupResult, ImageToBackUp } from './backup.ts';
import { BackupAttempt } from './backup-attempt.ts';
import { cutImage, provenImage } from './cut-image.ts';
import { checkImageSize } from './image-size.ts';

/** A store with a context of its own: what this machine remembers is of one store. */
export interface BackupDestination {
  readonly store: BackupStore;
  readonly context: OperationContext;
}

/** How a destination ended, or that it has to be tried once more. */
type Outcome = PromiseSettledResult<BackupResult> | 'again';

/**
 * Backs an image up to several stores and reads it once for all of them. A store that fails does not keep the others
 * from their backup. Answers in the order of `destinations`; rejects only for what concerns them all.
 *
 * Where a store fails in the middle of the pass, the others begin again, and reuse what they have stored so far.
 */
export async function backupToEach(
  image: ImageToBackUp,
  destinations: readonly BackupDestination[],
  context: OperationContext,
): Promise<PromiseSettledResult<BackupResult>[]> {
  checkImageSize(image.source.sizeBytes, image.source.description);
  const ended = new Map<BackupDestination, PromiseSettledResult<BackupResult>>();
  for (let open = destinations; open.length > 0; open = destinations.filter((each) => !ended.has(each))) {
    const outcomes = open.length > 1 ? await together(image, open, context) : [];
    for (const [number, outcome] of outcomes.entries()) if (outcome !== 'again') ended.set(open[number]!, outcome);
    if (outcomes.some((outcome) => outcome !== 'again')) continue;
    // Nothing tells who failed, or there is one left: each on its own.
    for (const each of open) ended.set(each, await alone(image, each, context));
  }
  return destinations.map((each) => ended.get(each)!);
}

async function together(
  image: ImageToBackUp,
  destinations: readonly BackupDestination[],
  context: OperationContext,
): Promise<Outcome[]> {
  context.onProgress?.({ phase: 'locking', doneBytes: 0 });
  await using held = new AsyncDisposableStack();
  const attempts = destinations.map((each) =>
    held.use(new BackupAttempt({ ...image, store: each.store }, each.context)),
  );
  let cuts: (CutResult | undefined)[];
  const joint: BackupAttempt[] = [];
  try {
    cuts = await Promise.all(attempts.map((attempt) => attempt.unchanged()));
    joint.push(...attempts.filter((_, number) => cuts[number] === undefined));
    const signal = AbortSignal.any(joint.map((attempt) => attempt.context.signal));
    const cut = joint.length > 0 ? await cutImage(joint, { ...context, signal }) : undefined;
    cuts = cuts.map((unchanged) => unchanged ?? cut);
  } catch {
    context.signal.throwIfAborted();
    const pools = await Promise.allSettled(attempts.map(({ pool }) => pool));
    return pools.map((pool) => (pool.status === 'rejected' ? pool : 'again'));
  }
  return await Promise.all(
    attempts.map(async (attempt, number) => {
      const cut = cuts[number]!;
      const counts = cut.stores[Math.max(0, joint.indexOf(attempt))]!;
      try {
        const { result, held } = await attempt.publish(provenImage(cut, image, attempt.context), cut, counts);
        return held ? ({ status: 'fulfilled', value: result } as const) : 'again';
      } catch (reason) {
        context.signal.throwIfAborted();
        return { status: 'rejected', reason } as const;
      }
    }),
  );
}

async function alone(
  image: ImageToBackUp,
  { store, context: own }: BackupDestination,
  context: OperationContext,
): Promise<PromiseSettledResult<BackupResult>> {
  const [outcome] = await Promise.allSettled([backup({ ...image, store }, own)]);
  context.signal.throwIfAborted();
  return outcome;
}
