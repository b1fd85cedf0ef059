import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const targets = 'lint,typecheck,test,formatting';

/**
 * Runs all targets of all projects, passing their output on.
 *
 * `skipLines` are the reasons of the `skipped: …` lines that tests wrote themselves.
 */
export async function runNx(
  root: string,
  args: readonly string[],
): Promise<{ readonly status: number; readonly skipLines: readonly string[] }> {
  const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
  const command = [nx, 'run-many', '-t', targets, '--output-style=static', ...args];
  // Nx tells its tasks to use colours wherever it runs; only a terminal shows them.
  const env = { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...process.env };
  const child = spawn(process.execPath, command, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.withResolvers<number>();
  child.once('error', ended.reject);
  child.once('close', (code) => ended.resolve(code ?? 1));
  const skipLines = new Set<string>();
  await Promise.all([passOn(child.stdout, process.stdout, skipLines), passOn(child.stderr, process.stderr, skipLines)]);
  return { status: await ended.promise, skipLines: [...skipLines] };
}

/** A test that is skipped says so at the start of a line; Jest indents what goes through `console`. */
export function skipReason(line: string): string | undefined {
  return /^\s*skipped: (.+)/.exec(line)?.[1];
}

/** Skips are held back: all of them are said together at the end. */
async function passOn(from: NodeJS.ReadableStream, to: NodeJS.WritableStream, skipLines: Set<string>): Promise<void> {
  for await (const line of createInterface({ input: from })) {
    const reason = skipReason(line);
    if (reason === undefined) to.write(`${line}\n`);
    else skipLines.add(reason);
  }
}
