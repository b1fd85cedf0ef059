import type { BackupFormat } from '../contracts/format.ts';
import type { BlockPipeline } from '../contracts/pipeline.ts';
import { plainCut } from './plain-cut.ts';
import { plainJoin } from './plain-join.ts';

/**
 * The pipeline without threads or shared memory: the specification of what a faster one must do. It reads sources by
 * their extents even where they are files, and stores by their calls even where they are directories.
 */
export function createPlainPipeline(format: BackupFormat): BlockPipeline {
  return {
    cut: (job, options) => plainCut(format, job, options),
    join: (job, options) => plainJoin(format, job, options),
  };
}
