import { describe, test } from '@jest/globals';
import { createPlainFormat } from '../testing/plain-format.ts';
import { createPlainPipeline } from '../testing/plain-pipeline.ts';
import { pipelineCases } from './pipeline-cases.ts';

const { signal } = new AbortController();

for (const blockSizeBytes of [64, 4096]) {
  describe(`the plain pipeline keeps every promise with blocks of ${blockSizeBytes} bytes`, () => {
    const format = createPlainFormat({ blockSizeBytes });
    const subject = { format, pipeline: createPlainPipeline(format) };
    for (const { name, run } of pipelineCases) test(name, () => run(subject, { signal }));
  });
}
