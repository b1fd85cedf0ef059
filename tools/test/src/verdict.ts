import type { Tally } from './tally.ts';

/** How a run ends: what is printed last, and the exit status. */
export interface Verdict {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1;
}

/**
 * The closing words over a run. `status` is Nx's own; where it failed and nothing was counted as failed, one is, so that
 * the last line never says better than it was. With `nothingSkipped` every skip is a failure.
 */
export function verdict(tally: Tally, status: number, nothingSkipped: boolean): Verdict {
  const lines = tally.skipped.map((reason) => `skipped: ${reason}`);
  const skipFails = nothingSkipped && tally.skipped.length > 0;
  if (skipFails) lines.push('With CI=true nothing may be skipped: install what is missing, or run without CI.');
  const failed = status !== 0 || skipFails ? Math.max(tally.failed, 1) : tally.failed;
  lines.push('', `${tally.passed} passed, ${failed} failed`);
  return { lines, exitCode: failed === 0 ? 0 : 1 };
}
