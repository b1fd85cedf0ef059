import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createCodecWorkers } from '@hayloft/codec-workers';
import { backup, remove, restore, verify } from '@hayloft/engine';
import { createMemoryTarget, memorySource, testContext } from '@hayloft/engine/testing';
import { backupUrl, blockSizeBytes, longhornFormat } from '@hayloft/longhorn-format';
import { buildLonghornPeer, peerUnavailable, runLonghornPeer } from '@hayloft/tool-longhorn-peer';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { openStore } from './testing/open-store.ts';

// Generous: a server starts, the peer is built once, and Longhorn's library waits 2 s for each of its locks.
jest.setTimeout(300_000);

const missing = peerUnavailable();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);
const work = mkdtempSync(join(tmpdir(), 'hayloft-webdav-peer-'));
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

// Longhorn speaks no WebDAV: it reads and writes the folder that the server serves.
for (const name of ['apache-dav', 'nginx-dav'] as const) {
  const available = (await hasServers(name)) && missing === undefined;
  (available ? describe : describe.skip)(`in a folder that ${name} serves`, () => {
    test.each(['lz4', 'gzip', 'none'] as const)(
      '%s: Longhorn restores what we back up, and we what Longhorn does',
      async (method) => {
        await using server = await useServer(name);
        const folder = randomUUID();
        const path = join(server.config.root, folder);
        mkdirSync(path);
        await using store = await openStore(`${server.config.origin}/plain/${folder}/`);
        const target = `vfs://${path}/`;
        const image = makeImage();
        const checksum = createHash('sha512').update(image).digest('hex');

        const source = memorySource(image, { extentSizeBytes: 1_000_000 });
        await backup({ store, source, name: 'ours', compression: { fallback: method } }, context);
        const restored = join(work, `${name}-${method}.img`);
        const theirs = await runLonghornPeer(['restore', backupUrl(target, 'ours'), restored, '2']);
        expect(theirs).toMatchObject({ exitCode: 0 });
        expect(Buffer.compare(readFileSync(restored), image)).toBe(0);

        const file = join(work, `${name}-${method}-theirs`);
        writeFileSync(file, image);
        const made = await runLonghornPeer(['backup', file, 'theirs', target, method, '2']);
        expect(made).toMatchObject({ exitCode: 0 });
        const memory = createMemoryTarget();
        const result = await restore({ store, name: 'theirs', sink: { kind: 'target', target: memory } }, context);
        expect(result).toMatchObject({ proven: true, checksum });
        expect(Buffer.compare(memory.committed!.bytes, image)).toBe(0);
        for (const backupName of ['ours', 'theirs']) {
          expect(await verify({ store, name: backupName }, context)).toMatchObject({ ok: true });
        }

        await remove({ store, name: 'ours', dryRun: false }, context);
        expect(await runLonghornPeer(['list', target])).toMatchObject({ exitCode: 0, output: [{ names: ['theirs'] }] });
      },
    );
  });
}
