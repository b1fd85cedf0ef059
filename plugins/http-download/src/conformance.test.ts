import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceCases } from '@hayloft/engine/conformance';
import { seededRandom } from '@hayloft/engine/testing';
import { hasServers, useServer, type HttpServerConfig, type UsedServer } from '@hayloft/tool-servers';
import { afterAll, beforeAll, describe, jest, test } from '@jest/globals';
import { openSmall } from './testing/read-source.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(60_000);
const describeWithServers = (await hasServers('http')) ? describe : describe.skip;

const MiB = 1024 * 1024;
const image = seededRandom(12).bytes(2 * MiB + 4321);
const options = { image, blockSizeBytes: MiB, signal: new AbortController().signal };

let origin: UsedServer<HttpServerConfig>;
const file = randomUUID();

describeWithServers('a download keeps every promise of a source', () => {
  beforeAll(async () => {
    origin = await useServer('http');
    await writeFile(join(origin.config.root, file), image);
  });
  afterAll(async () => {
    await rm(join(origin.config.root, file));
    await origin[Symbol.asyncDispose]();
  });
  describe.each(['', 'norange/', 'chunked/', 'elsewhere/'])('served at /%s', (manner) => {
    for (const { name, run } of sourceCases) {
      test(name, () => run(() => openSmall({ url: `${origin.config.origin}/${manner}${file}?token=hush` }), options));
    }
  });
});
