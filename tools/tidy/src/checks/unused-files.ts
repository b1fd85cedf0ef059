import { posix } from 'node:path';
import { projectOf, type Check } from '../problem.ts';
import type { Tree } from '../tree.ts';

/**
 * A source file that nothing names is dead, also when its own test is all that keeps it alive.
 *
 * Named means: a relative path in quotes in another file (an import, a worker's URL), or a path in a package.json or
 * in a launcher in `bin`. Declarations name what has no types and are not named themselves.
 */
export const unusedFiles: Check = (tree) => {
  const named = namedFiles(tree);
  return tree.paths
    .filter((path) => /^[^/]+\/[^/]+\/src\/.*(?<!\.d|\.test)\.ts$/.test(path) && !path.includes('/testdata/'))
    .filter((path) => !named.has(path))
    .map((path) => ({ path, message: 'a source file that nothing imports', remedy: 'Use it or remove it.' }));
};

function namedFiles(tree: Tree): ReadonlySet<string> {
  const named = new Set<string>();
  for (const path of tree.paths) {
    for (const target of targetsOf(path, tree.read(path) ?? '')) {
      if (target !== path && target.replace(/\.ts$/, '.test.ts') !== path) named.add(target);
    }
  }
  return named;
}

function targetsOf(path: string, text: string): string[] {
  const project = projectOf(path) ?? '.';
  if (/(?:^|\/)package\.json$|\/bin\/[^/]+$/.test(path)) {
    return [...text.matchAll(/(?:\$\w+\/)?([\w.][\w./-]*\.ts)\b/g)].map(([, name = '']) => posix.join(project, name));
  }
  if (!/\.[cm]?[jt]s$/.test(path)) return [];
  return [...text.matchAll(/['"`](\.{1,2}\/[^'"`\n]+\.ts)['"`]/g)].flatMap(([, name = '']) => [
    posix.join(posix.dirname(path), name),
    // What a program hands to oclif is told from the package's folder.
    posix.join(project, name),
  ]);
}
