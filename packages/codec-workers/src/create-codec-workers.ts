import type { BlockPipeline } from '@hayloft/engine';
import { cut } from './cut.ts';
import { join } from './join.ts';
import type { JobTools } from './job-tools.ts';
import { RingLender } from './ring-lender.ts';
import { prepareThreadCode, ThreadPool } from './thread-pool.ts';

export interface CodecWorkersOptions {
  /** Threads that read, hash and pack; one for each core by default. The whole digest takes one more. */
  readonly workerCount?: number | undefined;
}

/**
 * The hot path for Longhorn's format: a ring of shared memory, worked by threads. Between jobs it keeps the ring's memory
 * and the threads; disposing lets go of them.
 */
export function createCodecWorkers(options: CodecWorkersOptions = {}): BlockPipeline & AsyncDisposable {
  const tools: JobTools = { lender: new RingLender(options.workerCount), pool: new ThreadPool() };
  let prepared: Promise<void> | undefined;
  const prepare = (): Promise<void> => (prepared ??= prepareThreadCode());
  return {
    cut: async (job, call) => {
      await prepare();
      return cut(job, call, tools);
    },
    join: async (job, call) => {
      await prepare();
      return join(job, call, tools);
    },
    [Symbol.asyncDispose]: async () => {
      tools.lender.drop();
      await tools.pool.drop();
    },
  };
}
