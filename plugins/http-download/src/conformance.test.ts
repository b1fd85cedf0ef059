import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceCases } from '@hayloft/engine/conformance';
import { seededRandom } from '@hayloft/engine/testing';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { describe, jest, test } from '@jest/globals';
import { openSmall } from './testing/read-source.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(60_000);
const describeWithServers = (await hasServers('http')) ? describe : describe.skip;

const MiB = 1024 * 1024;
const image = seededRandom(12).bytes(2 * MiB + 4321);
const options = { image, blockSizeBytes: MiB, signal: new AbortController().signal };

describeWithServers.each(['', 'norange/', 'chunked/', 'elsewhere/'])(
  'served at /%s it keeps every promise',
  (manner) => {
    for (const { name, run } of sourceCases) {
      test(name, async () => {
        await using origin = await useServer('http');
        const file = randomUUID();
        await writeFile(join(origin.config.root, file), image);
        const url = `${origin.config.origin}/${manner}${file}?token=hush`;
        await run(() => openSmall({ url }), options);
        await rm(join(origin.config.root, file));
      });
    }
  },
);
