import type { RingLender } from './ring-lender.ts';
import type { ThreadPool } from './thread-pool.ts';

/** What jobs take and give back. */
export interface JobTools {
  readonly lender: RingLender;
  readonly pool: ThreadPool;
}
