import { Worker } from 'node:worker_threads';
import { BackupError } from '@hayloft/engine';
import { reportBug, unpackError } from './messages.ts';
import type { ThreadData, ThreadMessage } from './messages.ts';
import type { Ring } from './ring.ts';

const threadUrl = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);

/** What a thread may say before its last message. */
const passing: ReadonlySet<ThreadMessage['kind']> = new Set(['put', 'publish', 'problem']);

/**
 * The threads of one job, and its one failure: the first error, whoever met it, stops every thread and aborts whatever
 * the main thread does for the job.
 */
export class Crew implements Disposable {
  /** Aborts with the first error, or with the caller's reason. */
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #caller: AbortSignal;
  readonly #ring: Ring;
  readonly #threads: Worker[] = [];
  readonly #ends: Promise<void>[] = [];

  constructor(ring: Ring, caller: AbortSignal) {
    this.#ring = ring;
    this.#caller = caller;
    this.signal = this.#stop.signal;
    caller.addEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.fail(this.#caller.reason);

  /** Starts a thread; `onMessage` gets what it says besides failures, also after the job has failed. */
  start(task: ThreadData['task'], onMessage: (message: ThreadMessage) => void): void {
    const { memory, shape, userCount } = this.#ring;
    const data: ThreadData = { memory, shape, userCount, task };
    const thread = new Worker(threadUrl, { workerData: data, name: `hayloft ${task.role}` });
    let ended = false;
    thread.on('message', (message: ThreadMessage) => {
      if (!passing.has(message.kind)) ended = true;
      if (message.kind === 'failed') return this.fail(unpackError(message.error));
      try {
        onMessage(message);
      } catch (error) {
        this.fail(error);
      }
    });
    thread.on('error', (error) => this.fail(died(task.role, error)));
    this.#threads.push(thread);
    this.#ends.push(
      new Promise((resolve) => {
        thread.once('exit', () => {
          if (!ended) this.fail(died(task.role, undefined));
          resolve();
        });
      }),
    );
  }

  /** Posts to every thread that was started. */
  tellAll(message: unknown): void {
    for (const thread of this.#threads) thread.postMessage(message);
  }

  /** Stops everything; only the first error counts. */
  fail(error: unknown): void {
    if (this.signal.aborted) return;
    this.#stop.abort(error);
    this.#ring.fail();
  }

  /** Resolves when every thread has ended, however it did. */
  async ended(): Promise<void> {
    await Promise.all(this.#ends);
  }

  /** Stops listening to the caller: the job is over. */
  [Symbol.dispose](): void {
    this.#caller.removeEventListener('abort', this.#onAbort);
  }
}

function died(role: string, cause: unknown): BackupError {
  const why = Error.isError(cause) ? cause.message : 'it exited';
  return new BackupError('INTERNAL', `a ${role} thread ended unexpectedly: ${why}`, { remedy: reportBug, cause });
}
