import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Start time in the kernel's ticks; '' where there is no `/proc`. */
  readonly started: string;
}

export async function identify(pid: number): Promise<ProcessId> {
  return { pid, started: (await startTime(pid)) ?? '' };
}

export async function isAlive({ pid, started }: ProcessId): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = await startTime(pid);
  return now !== 'ended' && (started === '' || now === undefined || now === started);
}

const stopMsMax = 5_000;
const pollMs = 20;

/** Ends a process and its group, gently at first. */
export async function stopProcess(id: ProcessId): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isAlive(id))) return;
    kill(-id.pid, signal);
    for (let waitedMs = 0; waitedMs < stopMsMax; waitedMs += pollMs) {
      if (!(await isAlive(id))) return;
      await delay(pollMs);
    }
  }
  throw new Error(`process ${id.pid} does not end`);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Field 22 of `/proc/PID/stat`; 'ended' for a zombie, undefined where there is no such file. */
async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  // The second field, the name, may hold blanks and brackets: count from its end.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? 'ended' : fields?.[19];
}
