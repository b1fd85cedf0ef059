import type { OperationContext } from '../../contracts/context.ts';
import type { BackupFormat } from '../../contracts/format.ts';
import type { BlockPipeline } from '../../contracts/pipeline.ts';
import type { BackupStore } from '../../contracts/store.ts';
import { backup } from '../../operations/backup.ts';
import { prune } from '../../operations/prune.ts';
import { remove } from '../../operations/remove.ts';
import { restore } from '../../operations/restore.ts';

export interface Operations {
  readonly backup: typeof backup;
  readonly restore: typeof restore;
  readonly prune: typeof prune;
  readonly remove: typeof remove;
}

export const honestOperations: Operations = { backup, restore, prune, remove };

/** Makes the run's kind of pipeline over another format, for bugs that sit between the two. */
export interface PipelineMaker {
  readonly pipelineOver: (format: BackupFormat) => BlockPipeline;
}

/** A planted bug: what the operations are given instead of the honest parts. The simulation must find it. */
export interface Mutation {
  readonly store?: (store: BackupStore, context: OperationContext) => BackupStore;
  readonly context?: (context: OperationContext & PipelineMaker) => OperationContext;
  readonly operations?: Partial<Operations>;
}
