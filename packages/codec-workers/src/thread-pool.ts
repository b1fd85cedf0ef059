import { flushCompileCache } from 'node:module';
import { Worker } from 'node:worker_threads';

const isSource = import.meta.url.endsWith('.ts');
const threadUrl = new URL(isSource ? './thread.ts' : './thread.js', import.meta.url);

/** Threads outlive their jobs: starting one takes longer than a small job. */
export class ThreadPool {
  readonly #idle: Worker[] = [];

  /** An idle thread, or a new one; it keeps the process alive until it is given back. */
  take(): Worker {
    const thread = this.#idle.pop() ?? this.#start();
    thread.ref();
    return thread;
  }

  giveBack(thread: Worker): void {
    thread.unref();
    this.#idle.push(thread);
  }

  /** Ends the idle threads. */
  async drop(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((thread) => thread.terminate()));
  }

  #start(): Worker {
    const thread = new Worker(threadUrl, { name: 'hayloft codec' });
    // Whoever has it at work hears of its death; an idle one is only not taken again.
    thread.on('error', () => {});
    thread.once('exit', () => {
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return thread;
  }
}

/**
 * Makes the threads' code ready where it is TypeScript. Node strips the types in each thread that loads it, by a WebAssembly
 * program whose calls to JavaScript V8 13.6 now and then frees twice ("Check failed: jit_page.has_value()", nodejs/node
 * issue 64500). Code that the compile cache holds is not stripped again, so the main thread fills the cache first.
 */
export async function prepareThreadCode(): Promise<void> {
  if (!isSource) return;
  await Promise.all([import('./cut-worker.ts'), import('./join-worker.ts'), import('./roller.ts')]);
  flushCompileCache();
}
