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
    const base = /(?:^|\/)package\.json$|\/bin\/[^/]+$/.test(path) ? (projectOf(path) ?? '.') : undefined;
    if (base === undefined && !/\.[cm]?[jt]s$/.test(path)) continue;
    const text = tree.read(path) ?? '';
    const pattern = base === undefined ? /['"`](\.{1,2}\/[^'"`\n]+\.ts)['"`]/g : /(?:\$\w+\/)?([\w.][\w./-]*\.ts)\b/g;
    for (const [, name = ''] of text.matchAll(pattern)) {
      const target = posix.normalize(posix.join(base ?? posix.dirname(path), name));
      if (path !== target.replace(/\.ts$/, '.test.ts') && path !== target) named.add(target);
    }
  }
  return named;
}
