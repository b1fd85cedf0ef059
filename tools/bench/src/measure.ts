import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one run of a command cost. */
export interface Cost {
  readonly wallSeconds: number;
  /** User and system time of the whole process tree. */
  readonly cpuSeconds: number;
  /** Peak resident memory of its largest process. */
  readonly peakMiB: number;
}

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Seconds that the command sleeps for reasons of its own and that are not throughput: Longhorn's lock wait. */
  readonly idleSeconds?: number;
}

/** Runs a command to its end under GNU time. Throws with the command's output if it fails: a wrong run has no figure. */
export async function measure(command: Command): Promise<Cost> {
  const report = join(tmpdir(), `hayloft-bench-${process.pid}-${Math.trunc(performance.now())}`);
  const child = spawn('/usr/bin/time', ['-f', '%e %U %S %M', '-o', report, ...command.argv], {
    env: { ...process.env, ...command.env },
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output = `${output}${String(chunk)}`.slice(-4000)));
  child.stderr.on('data', (chunk) => (output = `${output}${String(chunk)}`.slice(-4000)));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (status !== 0) throw new Error(`${command.argv.join(' ')} ended with ${String(status)}:\n${output}`);
  const [wall, user, system, peakKiB] = readFileSync(report, 'utf8').trim().split('\n').at(-1)!.split(' ').map(Number);
  rmSync(report);
  return {
    wallSeconds: Math.max(0.001, wall! - (command.idleSeconds ?? 0)),
    cpuSeconds: user! + system!,
    peakMiB: peakKiB! / 1024,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
