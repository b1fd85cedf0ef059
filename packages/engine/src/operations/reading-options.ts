import type { OperationContext } from '../contracts/context.ts';
import type { PipelineOptions } from '../contracts/pipeline.ts';
import type { ImageSource } from '../contracts/source.ts';

/** What the pipeline is told for a pass over an image. */
export function readingOptions(source: ImageSource, context: OperationContext): PipelineOptions {
  return {
    signal: context.signal,
    concurrency: context.concurrency,
    onProgress: ({ doneBytes, reusedBytes }) =>
      context.onProgress?.({ phase: 'reading', doneBytes, totalBytes: source.sizeBytes, reusedBytes }),
  };
}
