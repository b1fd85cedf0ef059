import { silentLogger } from '../contracts/context.ts';
import type { OperationContext } from '../contracts/context.ts';
import { createPlainFormat } from './plain-format.ts';
import { createPlainPipeline } from './plain-pipeline.ts';
import { seededRandom } from './seeded-random.ts';
import { createVirtualClock } from './virtual-clock.ts';

/** A context in which nothing waits: plain format of 64-byte blocks, plain pipeline, virtual clock. */
export function testContext(overrides: Partial<OperationContext> = {}): OperationContext {
  const format = overrides.format ?? createPlainFormat();
  const random = seededRandom(1);
  return {
    format,
    pipeline: createPlainPipeline(format),
    clock: createVirtualClock(),
    logger: silentLogger,
    randomBytes: (length) => random.bytes(length),
    concurrency: 4,
    signal: new AbortController().signal,
    ...overrides,
  };
}
