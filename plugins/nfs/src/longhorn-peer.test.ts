import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { createCodecWorkers } from '@hayloft/codec-workers';
import { backup, restore, verify } from '@hayloft/engine';
import { createMemoryTarget, memorySource, testContext } from '@hayloft/engine/testing';
import { backupUrl, blockSizeBytes, longhornFormat } from '@hayloft/longhorn-format';
import { peerUnavailable, runLonghornPeer } from '@hayloft/tool-longhorn-peer';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { versionsHere } from './testing/libraries.ts';
import { openUrl, urlOf } from './testing/open-share.ts';

// Generous: the peer is built once, and Longhorn's library waits 2 s for each of its locks.
jest.setTimeout(300_000);

const missing = peerUnavailable();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);
const describeWithPeer = (await hasServers('ganesha')) && missing === undefined ? describe : describe.skip;
const work = mkdtempSync(join(tmpdir(), 'hayloft-nfs-peer-'));
const pipeline = createCodecWorkers({ workerCount: 2 });
const context = testContext({ format: longhornFormat, pipeline });
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  rmSync(work, { recursive: true });
});

/** Noise, zeros, the noise again, and a short tail. */
function makeImage(): Uint8Array {
  const noise = randomBytes(blockSizeBytes);
  return Buffer.concat([noise, Buffer.alloc(blockSizeBytes), noise, randomBytes(1536)]);
}

describeWithPeer.each(await versionsHere())('on an NFSv%i share', (version, library) => {
  // Longhorn's library would mount the share; it reads and writes the folder behind the export instead.
  test.each(['lz4', 'gzip', 'none'] as const)(
    '%s: Longhorn restores what we back up, and we what Longhorn does',
    async (method) => {
      await using server = await useServer('ganesha');
      const folder = randomUUID();
      const exported = join(server.config.root, folder);
      mkdirSync(exported);
      const location = `vfs://${exported}/`;
      await using store = await openUrl(urlOf(server.config, `/export/${folder}`, `vers=${version}`), library);
      const image = makeImage();
      const checksum = createHash('sha512').update(image).digest('hex');

      const source = memorySource(image, { extentSizeBytes: 1_000_000 });
      await backup({ store, source, name: 'ours', compression: { fallback: method } }, context);
      const restored = join(work, `${folder}.img`);
      const theirs = await runLonghornPeer(['restore', backupUrl(location, 'ours'), restored, '2']);
      expect(theirs).toMatchObject({ exitCode: 0 });
      expect(Buffer.compare(readFileSync(restored), image)).toBe(0);

      const file = join(work, `${folder}-theirs`);
      writeFileSync(file, image);
      const made = await runLonghornPeer(['backup', file, 'theirs', location, method, '2']);
      expect(made).toMatchObject({ exitCode: 0 });
      const target = createMemoryTarget();
      const result = await restore({ store, name: 'theirs', sink: { kind: 'target', target } }, context);
      expect(result).toMatchObject({ proven: true, checksum });
      expect(Buffer.compare(target.committed!.bytes, image)).toBe(0);
      expect(await runLonghornPeer(['list', location])).toMatchObject({
        output: [{ names: expect.arrayContaining(['ours', 'theirs']) }],
      });
      for (const name of ['ours', 'theirs']) {
        expect(await verify({ store, name }, context)).toMatchObject({ ok: true });
      }
    },
  );
});
