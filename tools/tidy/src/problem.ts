import type { Tree } from './tree.ts';

/** One thing that is not tidy, with what to do about it. */
export interface Problem {
  /** A file or folder, from the root. */
  readonly path: string;
  /** Counted from 1. */
  readonly line?: number;
  readonly message: string;
  /** In the imperative. */
  readonly remedy: string;
}

export type Check = (tree: Tree) => Problem[];

/** A line of text with its number, counted from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

export function linesOf(text: string): Line[] {
  return text.split('\n').map((line, index) => ({ number: index + 1, text: line }));
}

/** Whether a path is code that people write, of whatever language. */
export function isCode(path: string): boolean {
  return /\.(?:[cm]?[jt]s|go|sh)$/.test(path) && !/\.generated\.ts$|\/testdata\//.test(path);
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** `packages/disk` of `packages/disk/src/x.ts`; `undefined` for a file outside every project. */
export function projectOf(path: string): string | undefined {
  return /^(?:packages|plugins|apps|tools)\/[^/]+(?=\/)/.exec(path)?.[0];
}

/** Every project's folder, sorted: what has a package.json where the workspace looks for one. */
export function projectsOf(tree: Tree): string[] {
  return tree.paths.filter((path) => projectOf(path) + '/package.json' === path).map((path) => projectOf(path) ?? '');
}
