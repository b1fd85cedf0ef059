import { describe, test } from '@jest/globals';
import { memorySource } from '../testing/memory-source.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { sampleImage } from './sample-image.ts';
import { sourceCases } from './source-cases.ts';

const { signal } = new AbortController();

describe('a source in memory keeps every promise', () => {
  const bytes = seededRandom(1).bytes(1000);
  const options = { signal, image: bytes, blockSizeBytes: 64 };
  for (const { name, run } of sourceCases) {
    test(name, () => run(async () => memorySource(bytes, { resumeToken: 'one' }), options));
  }
});

describe('a source with holes keeps every promise', () => {
  const image = sampleImage('A..B0.C', 64, 9);
  const options = { signal, image: image.bytes, blockSizeBytes: 64 };
  for (const { name, run } of sourceCases) {
    test(name, () => run(async () => image.source({ resumeToken: 'one', checksum: image.checksum }), options));
  }
});
