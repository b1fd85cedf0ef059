import { ambientAccess } from './checks/ambient-access.ts';
import { brokenLinks } from './checks/broken-links.ts';
import { leftovers } from './checks/leftovers.ts';
import { longFiles } from './checks/long-files.ts';
import { machineNames } from './checks/machine-names.ts';
import { projectShape } from './checks/project-shape.ts';
import { rootEntries } from './checks/root-entries.ts';
import { unusedFiles } from './checks/unused-files.ts';
import type { Check, Problem } from './problem.ts';
import type { Tree } from './tree.ts';

const checks: readonly Check[] = [
  leftovers,
  ambientAccess,
  longFiles,
  rootEntries,
  projectShape,
  unusedFiles,
  brokenLinks,
];

/**
 * Everything in the tree that is against the project's habits and that ESLint cannot see. `hosts` are this machine's own
 * package sources, which must not be named.
 */
export function tidy(tree: Tree, hosts: readonly string[]): Problem[] {
  return [...checks, machineNames(hosts)].flatMap((check) => check(tree));
}

/** `packages/disk/src/x.ts:12: reaches for the console. Take the Logger of the context.` */
export function describeProblem({ path, line, message, remedy }: Problem): string {
  return `${path}${line === undefined ? '' : `:${line}`}: ${message}. ${remedy}`;
}
