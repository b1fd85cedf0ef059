import type { BlockPipeline } from '@hayloft/engine';
import { compileLz4 } from '@hayloft/lz4';
import { cut } from './cut.ts';
import { join } from './join.ts';
import { RingLender } from './ring-lender.ts';

export interface CodecWorkersOptions {
  /** Threads that read, hash and pack; one for each core by default. The whole digest takes one more. */
  readonly workerCount?: number | undefined;
}

/**
 * The hot path for Longhorn's format: a ring of shared memory, worked by threads that live as long as a job.
 * Between jobs it keeps the ring's memory; disposing lets go of it.
 */
export function createCodecWorkers(options: CodecWorkersOptions = {}): BlockPipeline & AsyncDisposable {
  compileLz4(); // for all threads to come
  const lender = new RingLender(options.workerCount);
  return {
    cut: (job, call) => cut(job, call, lender),
    join: (job, call) => join(job, call, lender),
    [Symbol.asyncDispose]: async () => lender.drop(),
  };
}
