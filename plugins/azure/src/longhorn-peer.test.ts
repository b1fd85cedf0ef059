import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createCodecWorkers } from '@hayloft/codec-workers';
import { backup, restore, verify } from '@hayloft/engine';
import { createMemoryTarget, memorySource, testContext } from '@hayloft/engine/testing';
import { backupUrl, blockSizeBytes, longhornFormat } from '@hayloft/longhorn-format';
import { buildLonghornPeer, peerUnavailable, runLonghornPeer } from '@hayloft/tool-longhorn-peer';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { makeContainer, openStore } from './testing/test-container.ts';

// Generous: a server starts, the peer is built once, and Longhorn's library waits 2 s for each of its locks.
jest.setTimeout(300_000);

const missing = peerUnavailable();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);
const available = (await hasServers('azurite', 'azurite-tls')) && missing === undefined;
const work = mkdtempSync(join(tmpdir(), 'hayloft-azure-peer-'));
const pipeline = createCodecWorkers({ workerCount: 2 });
const context = testContext({ format: longhornFormat, pipeline });
beforeAll(async () => {
  if (missing === undefined) await buildLonghornPeer();
});
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  rmSync(work, { recursive: true });
});

/** Noise, zeros, the noise again, and a short tail. */
function makeImage(): Uint8Array {
  const noise = randomBytes(blockSizeBytes);
  return Buffer.concat([noise, Buffer.alloc(blockSizeBytes), noise, randomBytes(1536)]);
}

(available ? describe : describe.skip)('in a container', () => {
  test.each([
    ['azurite', 'lz4', ''],
    ['azurite', 'gzip', 'vms/base/'],
    ['azurite-tls', 'none', 'vms/base/'],
  ] as const)(
    'of %s, by %s, under "%s": Longhorn restores what we back up, and we what Longhorn does',
    async (server, method, prefix) => {
      await using container = await makeContainer(useServer(server));
      const env = container.credentials;
      await using store = await openStore(container.name, env, prefix);
      const image = makeImage();
      const checksum = createHash('sha512').update(image).digest('hex');

      const source = memorySource(image, { extentSizeBytes: 1_000_000 });
      await backup({ store, source, name: 'ours', compression: { fallback: method } }, context);
      const restored = join(work, `${method}.img`);
      const theirs = await runLonghornPeer(['restore', backupUrl(store.location, 'ours'), restored, '2'], { env });
      expect(theirs).toMatchObject({ exitCode: 0 });
      expect(Buffer.compare(readFileSync(restored), image)).toBe(0);

      const file = join(work, `${method}-theirs`);
      writeFileSync(file, image);
      const made = await runLonghornPeer(['backup', file, 'theirs', store.location, method, '2'], { env });
      expect(made).toMatchObject({ exitCode: 0 });
      const target = createMemoryTarget();
      const result = await restore({ store, name: 'theirs', sink: { kind: 'target', target } }, context);
      expect(result).toMatchObject({ proven: true, checksum });
      expect(Buffer.compare(target.committed!.bytes, image)).toBe(0);
      expect(await runLonghornPeer(['list', store.location], { env })).toMatchObject({
        output: [{ names: expect.arrayContaining(['ours', 'theirs']) }],
      });
      for (const name of ['ours', 'theirs']) expect(await verify({ store, name }, context)).toMatchObject({ ok: true });
    },
  );
});
