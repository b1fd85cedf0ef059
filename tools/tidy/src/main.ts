/** Prints every problem of this tree, one a line, and fails when there is one. */
import { join } from 'node:path';
import { packageHosts } from './checks/machine-names.ts';
import { describeProblem, tidy } from './tidy.ts';
import { readTree } from './tree.ts';

const problems = tidy(readTree(join(import.meta.dirname, '../../..')), packageHosts(process.env));
for (const problem of problems) console.log(describeProblem(problem));
process.exitCode = problems.length === 0 ? 0 : 1;
