import { BackupError } from '@hayloft/engine';
import { table } from '../table.ts';
import type { Workbench } from '../workbench.ts';
import type { Manifest } from './manifest.ts';
import { failedOutcome, outcomeOf } from './outcome.ts';
import type { FailedOutcome, Outcome, Reached } from './outcome.ts';

export interface Rounds {
  readonly items: readonly Outcome[];
  /** KIND NAME STATE MESSAGE. */
  readonly table: string;
  /** The worst failure, with all outcomes as its result. */
  readonly failure: BackupError | undefined;
}

/** Does something with each object, one after the other; one that fails does not keep the others from theirs. */
export async function runEach(
  objects: readonly Manifest[],
  work: (object: Manifest) => Promise<Reached>,
  bench: Workbench,
): Promise<Rounds> {
  const items: Outcome[] = [];
  const failures: FailedOutcome[] = [];
  for (const object of objects) {
    try {
      items.push(outcomeOf(object, await work(object)));
    } catch (error) {
      bench.signal.throwIfAborted();
      const failed = failedOutcome(object, error);
      const { exitCode: _status, errorCode: _code, ...item } = failed;
      failures.push(failed);
      items.push(item);
    }
  }
  const rows = items.map(({ kind, name, state, message }) => [kind, name, state, message]);
  const [worst] = failures.sort((a, b) => b.exitCode - a.exitCode);
  return {
    items,
    table: table(['KIND', 'NAME', 'STATE', 'MESSAGE'], rows),
    failure:
      worst === undefined
        ? undefined
        : new BackupError(
            worst.errorCode,
            `${failures.length} of ${items.length} objects failed; ${worst.kind} ${worst.name}: ${worst.message}`,
            {
              remedy: worst.error!.remedy,
              result: { items },
            },
          ),
  };
}
