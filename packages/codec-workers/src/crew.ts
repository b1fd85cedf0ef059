import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { BackupError } from '@hayloft/engine';
import { reportBug, unpackError } from './messages.ts';
import type { ThreadJob, ThreadMessage } from './messages.ts';
import type { Ring } from './ring.ts';
import type { ThreadPool } from './thread-pool.ts';

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
  readonly #pool: ThreadPool;
  readonly #ports: MessagePort[] = [];
  readonly #ends: Promise<void>[] = [];

  constructor(ring: Ring, pool: ThreadPool, caller: AbortSignal) {
    this.#ring = ring;
    this.#pool = pool;
    this.#caller = caller;
    this.signal = this.#stop.signal;
    caller.addEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.fail(this.#caller.reason);

  /** Puts a thread to work; `onMessage` gets what it says besides failures, also after the job has failed. */
  start(task: ThreadJob['task'], onMessage: (message: ThreadMessage) => void): void {
    const { memory, shape, userCount } = this.#ring;
    const thread = this.#pool.take();
    const { port1: port, port2 } = new MessageChannel();
    const job: ThreadJob = { memory, shape, userCount, task, port: port2 };
    const { promise, resolve } = Promise.withResolvers<void>();
    const onDeath = (error?: unknown): void => {
      this.fail(died(task.role, error));
      port.close();
    };
    port.once('close', resolve);
    thread.once('error', onDeath).once('exit', onDeath);
    port.on('message', (message: ThreadMessage) => {
      try {
        if (message.kind === 'failed') this.fail(unpackError(message.error));
        else onMessage(message);
      } catch (error) {
        this.fail(error);
      }
      if (passing.has(message.kind)) return;
      thread.off('error', onDeath).off('exit', onDeath);
      port.close();
      this.#pool.giveBack(thread);
    });
    this.#ports.push(port);
    this.#ends.push(promise);
    thread.postMessage(job, [port2]);
  }

  /** Posts to every thread of the job. */
  tellAll(message: unknown): void {
    for (const port of this.#ports) port.postMessage(message);
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
