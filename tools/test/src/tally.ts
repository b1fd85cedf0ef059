import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What came of a run of all checks. A test counts once, and so does one project's lint, typecheck or format check. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** What did not run, for people: `@hayloft/disk: a full disk is NO_SPACE`. */
  readonly skipped: readonly string[];
}

/** The part that matters of the record that Nx keeps of its last run. */
interface NxRun {
  readonly tasks: readonly { readonly projectName: string; readonly target: string; readonly status: number }[];
}

/** Sums Nx's record of its last run and the counts that `results-reporter.mjs` left in `.nx/test-results`. */
export function readTally(root: string): Tally {
  const run = readJson<NxRun>(join(root, '.nx/cache/run.json'));
  // Without a record Nx did not come as far as starting a task.
  if (run === undefined) return { passed: 0, failed: 1, skipped: [] };
  return run.tasks.map((task) => tallyTask(root, task)).reduce(add, { passed: 0, failed: 0, skipped: [] });
}

function tallyTask(root: string, { projectName, target, status }: NxRun['tasks'][number]): Tally {
  if (target !== 'test') return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: [] };
  const path = join(root, '.nx/test-results', `${projectName}.json`);
  const { passed, failed, skipped } = readJson<Tally>(path) ?? { passed: 0, failed: 0, skipped: [] };
  return {
    passed,
    // A runner that died has failed, whatever it had counted until then.
    failed: status === 0 ? failed : Math.max(failed, 1),
    skipped: skipped.map((test) => `${projectName}: ${test}`),
  };
}

function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: [...a.skipped, ...b.skipped],
  };
}

function readJson<Value>(path: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Value;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
