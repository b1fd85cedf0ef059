import { allowances, staleAllowances } from '../allowances.ts';
import { isCode, isTest, type Check, type Problem } from '../problem.ts';

const linesMax = 300;
/** A table of cases reads well at a length at which logic does not. */
const testLinesMax = 400;

/** One file, one idea: what is longer has two, or says in the list of allowances why not. */
export const longFiles: Check = (tree) => {
  const found = tree.paths.filter(isCode).flatMap((path): Problem[] => {
    const max = isTest(path) ? testLinesMax : linesMax;
    const count = (tree.read(path) ?? '').trimEnd().split('\n').length;
    if (count <= max) return [];
    return [{ path, message: `${count} lines, and ${max} are the most`, remedy: 'Split it by idea, not by count.' }];
  });
  return [
    ...found.filter(({ path }) => !Object.hasOwn(allowances.longFiles, path)),
    ...staleAllowances(tree, allowances.longFiles, found),
  ];
};
