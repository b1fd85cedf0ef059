import { readFile, readlink } from 'node:fs/promises';

/** Names one process of one machine so that another of the same id is never taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in the kernel's ticks since boot. */
  readonly startedAt: string;
  /** This boot of this machine. */
  readonly boot: string;
  /** Process ids mean something within one of these only: a container has its own. */
  readonly namespace: string;
}

/** This process; undefined where the machine does not tell (no `/proc`). */
export async function ownIdentity(): Promise<ProcessIdentity | undefined> {
  try {
    const [startedAt, boot, namespace] = await Promise.all([startOf(process.pid), bootId(), pidNamespace()]);
    return startedAt === undefined ? undefined : { pid: process.pid, startedAt, boot, namespace };
  } catch {
    return undefined;
  }
}

/**
 * True when that process is gone for sure. Whatever cannot be seen from here (another machine that shares the folder,
 * another container, an earlier boot) counts as alive.
 */
export async function isGone({ pid, startedAt, boot, namespace }: ProcessIdentity): Promise<boolean> {
  try {
    if (boot !== (await bootId()) || namespace !== (await pidNamespace())) return false;
    return (await startOf(pid)) !== startedAt;
  } catch {
    return false;
  }
}

/** Undefined for a process that is not there, or is dead and only waits for its parent. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold blanks and brackets
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

const bootId = async (): Promise<string> => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
const pidNamespace = async (): Promise<string> => readlink('/proc/self/ns/pid');
