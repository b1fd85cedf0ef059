import type { Check } from '../problem.ts';

const entries = new Set([
  '.ci',
  '.gitignore',
  '.npmrc',
  '.prettierignore',
  'LICENSE',
  'README.md',
  'apps',
  'nx.json',
  'package-lock.json',
  'package.json',
  'packages',
  'plugins',
  'tools',
  'tsconfig.base.json',
]);

/** The root is the table of contents: a document lives with what it describes, a configuration in its tool's folder. */
export const rootEntries: Check = (tree) => {
  const found = new Set(tree.paths.map((path) => path.split('/')[0] ?? path));
  return [...found]
    .filter((entry) => !entries.has(entry))
    .map((entry) => ({
      path: entry,
      message: 'an entry of the root that is not on its list',
      remedy:
        'Move it beside what it serves; if a tool forces it here, add it to tools/tidy/src/checks/root-entries.ts.',
    }));
};
