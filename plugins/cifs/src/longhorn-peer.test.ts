import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createCodecWorkers } from '@hayloft/codec-workers';
import { backup, remove, restore, verify } from '@hayloft/engine';
import { createMemoryTarget, memorySource, testContext } from '@hayloft/engine/testing';
import { backupUrl, blockSizeBytes, longhornFormat } from '@hayloft/longhorn-format';
import { buildLonghornPeer, peerUnavailable, runLonghornPeer } from '@hayloft/tool-longhorn-peer';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { makeSambaFolder } from './testing/samba-store.ts';

// Generous: a server starts, the peer is built once, and Longhorn's library waits 2 s for each of its locks.
jest.setTimeout(300_000);

const missing = peerUnavailable();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);
const testWithPeer = (await hasServers('samba')) && missing === undefined ? test : test.skip;
const work = mkdtempSync(join(tmpdir(), 'hayloft-cifs-peer-'));
const pipeline = createCodecWorkers({ workerCount: 2 });
const context = testContext({ format: longhornFormat, pipeline });
beforeAll(async () => {
  if (missing === undefined) await buildLonghornPeer();
});
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  rmSync(work, { recursive: true });
});

// Longhorn mounts a share, which takes a kernel that can; here it reads and writes the folder that the server shares.
testWithPeer.each(['lz4', 'gzip', 'none'] as const)(
  '%s: Longhorn restores what we back up, and we what Longhorn does',
  async (method) => {
    await using folder = makeSambaFolder(await useServer('samba'));
    await using store = await folder.open();
    const target = `vfs://${folder.path}/`;
    const noise = randomBytes(blockSizeBytes);
    const image = Buffer.concat([noise, Buffer.alloc(blockSizeBytes), noise, randomBytes(1536)]);
    const checksum = createHash('sha512').update(image).digest('hex');

    const source = memorySource(image, { extentSizeBytes: 1_000_000 });
    await backup({ store, source, name: 'ours', compression: { fallback: method } }, context);
    const restored = join(work, `${method}.img`);
    const theirs = await runLonghornPeer(['restore', backupUrl(target, 'ours'), restored, '2']);
    expect(theirs).toMatchObject({ exitCode: 0 });
    expect(Buffer.compare(readFileSync(restored), image)).toBe(0);

    const file = join(work, `${method}-theirs`);
    writeFileSync(file, image);
    const made = await runLonghornPeer(['backup', file, 'theirs', target, method, '2']);
    expect(made).toMatchObject({ exitCode: 0 });
    const memory = createMemoryTarget();
    const result = await restore({ store, name: 'theirs', sink: { kind: 'target', target: memory } }, context);
    expect(result).toMatchObject({ proven: true, checksum });
    expect(Buffer.compare(memory.committed!.bytes, image)).toBe(0);
    for (const name of ['ours', 'theirs']) {
      expect(await verify({ store, name }, context)).toMatchObject({ ok: true });
    }

    await remove({ store, name: 'ours', dryRun: false }, context);
    expect(await runLonghornPeer(['list', target])).toMatchObject({ exitCode: 0, output: [{ names: ['theirs'] }] });
  },
);
