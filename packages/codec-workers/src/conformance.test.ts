import { afterAll, describe, test } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { createDirectoryStore } from '@hayloft/directory-store';
import type { BackupStore } from '@hayloft/engine';
import { pipelineCases } from '@hayloft/engine/conformance';
import { longhornFormat } from '@hayloft/longhorn-format';
import { createCodecWorkers } from './create-codec-workers.ts';

const pipeline = createCodecWorkers({ workerCount: 2 });
afterAll(async () => await pipeline[Symbol.asyncDispose]());
const { signal } = new AbortController();

async function openDirectory(path: string): Promise<BackupStore> {
  await mkdir(path);
  return await createDirectoryStore({ path, location: `file://${path}/` });
}

describe.each([
  ['stores behind calls', undefined],
  ['stores that are directories', openDirectory],
])('the ring keeps every promise with %s', (_what, openStore) => {
  for (const { name, run } of pipelineCases) {
    test(name, () => run({ pipeline, format: longhornFormat }, { signal, openStore }), 60_000);
  }
});
