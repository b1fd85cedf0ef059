import { posix } from 'node:path';
import { linesOf, type Check, type Line } from '../problem.ts';
import type { Tree } from '../tree.ts';

/** A link of a document that points to no file, or to no heading of it. */
export const brokenLinks: Check = (tree) =>
  tree.paths
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) =>
      proseOf(tree.read(path) ?? '').flatMap(({ number, text }) =>
        [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
          .map(([, link = '']) => link)
          .filter((link) => !/^[a-z][a-z+.-]*:/i.test(link) && !reaches(tree, path, link))
          .map((link) => ({
            path,
            line: number,
            message: `a link to ${link}, which is not there`,
            remedy: 'Correct or remove it.',
          })),
      ),
    );

function reaches(tree: Tree, from: string, link: string): boolean {
  const [file = '', heading] = link.split('#');
  const target = file === '' ? from : posix.join(posix.dirname(from), decodeURIComponent(file)).replace(/\/$/, '');
  if (!tree.paths.some((path) => path === target || path.startsWith(`${target}/`))) return target === '.';
  return heading === undefined || headingsOf(tree.read(target) ?? '').has(heading.toLowerCase());
}

/** Anchors as the usual viewers of Markdown make them. */
function headingsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const { text: line } of proseOf(text)) {
    const title = /^#+\s+(.*)$/.exec(line)?.[1];
    if (title !== undefined)
      anchors.add(
        title
          .trim()
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
          .replaceAll(' ', '-'),
      );
  }
  return anchors;
}

/** The lines outside fenced blocks, without inline code: neither holds links. */
function proseOf(text: string): Line[] {
  let fenced = false;
  return linesOf(text).flatMap((line) => {
    if (/^\s*```/.test(line.text)) {
      fenced = !fenced;
      return [];
    }
    return fenced ? [] : [{ ...line, text: line.text.replaceAll(/`[^`]*`/g, '') }];
  });
}
