import { isCode, linesOf, type Check } from '../problem.ts';

const marks = [
  {
    pattern: /\b(?:FIXME|XXX|HACK)\b/,
    message: 'a mark of unfinished work',
    remedy: 'Finish it, or remove the mark and say in a sentence what is true of the code as it is.',
  },
  {
    pattern: /\b(?:describe|test|it)(?:\.\w+)*\.only\b|\bf(?:describe|it)\(/,
    message: 'a test that keeps all others from running',
    remedy: 'Remove ".only".',
  },
  {
    pattern: /\b(?:describe|test|it)(?:\.\w+)*\.(?:skip|todo)\(|\bx(?:describe|test|it)\(/,
    message: 'a test that never runs',
    remedy: 'Mend it or remove it; where a machine lacks what it needs, print "skipped: …" with the reason.',
  },
];

/** What was meant to be temporary. */
export const leftovers: Check = (tree) =>
  tree.paths
    // These words stand here because they are looked for.
    .filter((path) => isCode(path) && !path.startsWith('tools/tidy/'))
    .flatMap((path) =>
      linesOf(tree.read(path) ?? '').flatMap(({ number, text }) =>
        marks
          .filter(({ pattern }) => pattern.test(text))
          .map(({ message, remedy }) => ({ path, line: number, message, remedy })),
      ),
    );
