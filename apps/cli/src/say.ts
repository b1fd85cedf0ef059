import type { ProgressView } from './progress/open-progress.ts';

/** Prints a line for people on stderr, each once, without tearing a progress bar. */
export function createSay(progress: ProgressView): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (said.has(line)) return;
    said.add(line);
    progress.aside(() => process.stderr.write(`${line}\n`));
  };
}
