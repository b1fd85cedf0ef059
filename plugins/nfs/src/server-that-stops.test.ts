import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createCodecWorkers } from '@hayloft/codec-workers';
import { backup, restore, withRetry, type Clock, type Logger } from '@hayloft/engine';
import { createMemoryTarget, memorySource, testContext } from '@hayloft/engine/testing';
import { blockSizeBytes, longhornFormat } from '@hayloft/longhorn-format';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { openUrl, signal, urlOf } from './testing/open-share.ts';

const testWithServers = (await hasServers('ganesha')) ? test : test.skip;

testWithServers(
  'a server that stops for a while fails calls by their time-out, and retries carry the run',
  async () => {
    await using server = await useServer('ganesha');
    const { pidFile, root } = server.config;
    const folder = randomUUID();
    mkdirSync(join(root, folder));
    await using store = await openUrl(urlOf(server.config, `/export/${folder}`, 'vers=3,timeo=5'));
    await using pipeline = createCodecWorkers({ workerCount: 2 });
    const serverPid = Number(readFileSync(pidFile, 'utf8'));
    const image = randomBytes(6 * blockSizeBytes);

    // It stops when half of the image is read, and goes on when three calls have failed.
    const codes: unknown[] = [];
    const warn: Logger['warn'] = (_message, values) => {
      codes.push(values?.['code']);
      if (codes.length === 3) process.kill(serverPid, 'SIGCONT');
    };
    const logger: Logger = { debug: () => {}, info: () => {}, warn };
    const context = { ...testContext({ format: longhornFormat, pipeline }), logger, signal };
    const clock: Clock = { ...context.clock, sleep: () => new Promise((resolve) => setImmediate(resolve)) };
    const patient = withRetry(store, { attempts: 100, baseMs: 1, capMs: 1, clock, random: () => 0, logger });
    const whole = memorySource(image, { extentSizeBytes: blockSizeBytes });
    const source = {
      ...whole,
      async *extents(options: Parameters<typeof whole.extents>[0]) {
        for await (const extent of whole.extents(options)) {
          if (extent.offset === 3 * blockSizeBytes) process.kill(serverPid, 'SIGSTOP');
          yield extent;
        }
      },
    };
    try {
      await backup({ store: patient, source, name: 'base', compression: { fallback: 'lz4' } }, context);
    } finally {
      process.kill(serverPid, 'SIGCONT');
    }
    expect(codes.length).toBeGreaterThanOrEqual(3);
    expect(new Set(codes)).toEqual(new Set(['STORE_UNAVAILABLE']));

    const target = createMemoryTarget();
    const result = await restore({ store, name: 'base', sink: { kind: 'target', target } }, context);
    const checksum = createHash('sha512').update(image).digest('hex');
    expect(result).toMatchObject({ proven: true, checksum });
  },
);
