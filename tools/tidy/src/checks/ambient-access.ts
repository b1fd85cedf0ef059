import { allowances, staleAllowances } from '../allowances.ts';
import { isCode, isTest, linesOf, type Check, type Problem } from '../problem.ts';

const ambient = [
  { pattern: /\bDate\.now\b|\bnew Date\(\)/, name: 'the time of day', remedy: 'Take the Clock of the context.' },
  { pattern: /\bMath\.random\b/, name: 'randomness', remedy: 'Take the random source of the context.' },
  { pattern: /\bprocess\.env\b/, name: 'the environment', remedy: 'Take the value as an option from the app.' },
  { pattern: /\bconsole\./, name: 'the console', remedy: 'Take the Logger of the context.' },
];

/**
 * Time, randomness, environment and console reach the product through its context, so that a simulation can replace them.
 *
 * Tools are programs of their own and tests, with the doubles in `src/testing`, may look at the machine; but a test that is
 * random cannot be repeated.
 */
export const ambientAccess: Check = (tree) => {
  const found = tree.paths.filter(isCode).flatMap((path): Problem[] => {
    const rules = ambient.filter(({ name }) => applies(path, name));
    return linesOf(tree.read(path) ?? '').flatMap(({ number, text }) =>
      rules
        .filter(({ pattern }) => !isComment(text) && pattern.test(text))
        .map(({ name, remedy }) => ({ path, line: number, message: `reaches for ${name}`, remedy })),
    );
  });
  return [
    ...found.filter(({ path }) => !Object.hasOwn(allowances.ambientAccess, path)),
    ...staleAllowances(tree, allowances.ambientAccess, found),
  ];
};

function applies(path: string, name: string): boolean {
  if (path.startsWith('tools/')) return false;
  return name === 'randomness' || (!isTest(path) && !path.includes('/src/testing/'));
}

function isComment(line: string): boolean {
  return /^\s*(?:\/\/|\/\*|\*)/.test(line);
}
