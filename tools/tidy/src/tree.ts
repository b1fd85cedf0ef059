import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's own files: what Git tracks, and what it would if one said `git add`. */
export interface Tree {
  /** Paths from the root with forward slashes, sorted. */
  readonly paths: readonly string[];
  /** A file's text, or `undefined` where there is none or it is not text. */
  read(path: string): string | undefined;
}

/** The tree of a working copy. Throws where there is no Git: without it nobody knows which files are the project's. */
export function readTree(root: string): Tree {
  const listed = git(root, '--cached', '--others', '--exclude-standard');
  const deleted = new Set(git(root, '--deleted'));
  const texts = new Map<string, string>();
  for (const path of listed) {
    if (deleted.has(path)) continue;
    texts.set(path, readFileSync(join(root, path), 'utf8'));
  }
  return treeOf(Object.fromEntries(texts));
}

/** A tree of these files, by path. */
export function treeOf(texts: Readonly<Record<string, string>>): Tree {
  return {
    paths: Object.keys(texts).sort(),
    read(path) {
      const text = Object.hasOwn(texts, path) ? texts[path] : undefined;
      return text?.includes('\0') === true ? undefined : text;
    },
  };
}

function git(root: string, ...which: readonly string[]): string[] {
  const output = execFileSync('git', ['ls-files', '-z', ...which], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return output.split('\0').filter((path) => path !== '');
}
