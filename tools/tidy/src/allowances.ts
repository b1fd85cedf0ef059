import type { Problem } from './problem.ts';
import type { Tree } from './tree.ts';

/** Paths with the reason why a rule does not hold there. */
export type Allowance = Readonly<Record<string, string>>;

/** The short list of exceptions; a new one needs a reason that a reviewer accepts. */
export const allowances: { readonly ambientAccess: Allowance; readonly longFiles: Allowance } = {
  ambientAccess: {
    'apps/cli/src/workbench.ts': 'the app reads its environment here, once, and hands values on',
    'apps/cli/src/report-failure.ts': 'the switch for stack traces must work where nothing else came up',
    'packages/assembly/src/open-store.ts': 'hands real randomness to the retries',
    'packages/engine/src/system-clock.ts': 'is the real Clock',
    'plugins/http-download/src/http-download-plugin.ts': 'hands real randomness to the retries',
  },
  longFiles: {
    'packages/engine/src/operations/flaws.test.ts': 'one test a known flaw of other writers, read as one catalogue',
  },
};

/** An allowance that nothing needs any more hides the next problem in that file. */
export function staleAllowances(tree: Tree, allowance: Allowance, found: readonly Problem[]): Problem[] {
  return Object.keys(allowance)
    .filter((path) => tree.paths.includes(path) && !found.some((problem) => problem.path === path))
    .map((path) => ({
      path,
      message: 'an allowance that this file does not need any more',
      remedy: 'Remove it from tools/tidy/src/allowances.ts.',
    }));
}
