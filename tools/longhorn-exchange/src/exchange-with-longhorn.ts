import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCodecWorkers } from '@hayloft/codec-workers';
import { backup, remove, restore, verify } from '@hayloft/engine';
import type { BackupStore, CompressionMethod } from '@hayloft/engine';
import { createMemoryTarget, memorySource, testContext } from '@hayloft/engine/testing';
import { backupUrl, blockSizeBytes, longhornFormat } from '@hayloft/longhorn-format';
import { peerUnavailable, runLonghornPeer } from '@hayloft/tool-longhorn-peer';

/** Generous: a server starts, the peer is built once, and Longhorn's library waits 2 s for each of its locks. */
export const exchangeTimeoutMs = 300_000;

export interface Exchange {
  /** Empty. */
  readonly store: BackupStore;
  /** The library's URL of the same store, ending in `/`. */
  readonly target: string;
  /** What the library needs to get there, by Longhorn's names. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly method: CompressionMethod;
}

/** Whether Longhorn's library can be built here; says why not. */
export function canExchange(): boolean {
  const missing = peerUnavailable();
  if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);
  return missing === undefined;
}

/** Rejects with an `AssertionError` where one of the two does not read what the other wrote. */
export async function exchangeWithLonghorn({ store, target, env = {}, method }: Exchange): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'hayloft-exchange-'));
  await using pipeline = createCodecWorkers({ workerCount: 2 });
  const context = testContext({ format: longhornFormat, pipeline });
  const longhorn = async (...args: string[]): Promise<readonly unknown[]> => {
    const { exitCode, output, stderr } = await runLonghornPeer(args, { env });
    assert.equal(exitCode, 0, `Longhorn's ${args[0]}: ${JSON.stringify(output)} ${stderr.slice(-500)}`);
    return output;
  };
  try {
    const image = makeImage();
    const source = memorySource(image, { extentSizeBytes: 1_000_000 });
    await backup({ store, source, name: 'ours', compression: { fallback: method } }, context);
    const restored = join(work, 'restored');
    await longhorn('restore', backupUrl(target, 'ours'), restored, '2');
    assert.ok(readFileSync(restored).equals(image), 'Longhorn restores other bytes than we backed up');

    const file = join(work, 'image');
    writeFileSync(file, image);
    await longhorn('backup', file, 'theirs', target, method, '2');
    const memory = createMemoryTarget();
    const { proven, checksum } = await restore(
      { store, name: 'theirs', sink: { kind: 'target', target: memory } },
      context,
    );
    assert.ok(proven);
    assert.equal(checksum, createHash('sha512').update(image).digest('hex'));
    assert.ok(Buffer.from(memory.committed!.bytes).equals(image), 'we restore other bytes than Longhorn backed up');
    for (const name of ['ours', 'theirs'])
      assert.ok((await verify({ store, name }, context)).ok, `${name} is not sound`);

    assert.deepEqual((await namesIn(longhorn, target)).sort(), ['ours', 'theirs']);
    await remove({ store, name: 'ours', dryRun: false }, context);
    assert.deepEqual(await namesIn(longhorn, target), ['theirs']);
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function namesIn(
  longhorn: (...args: string[]) => Promise<readonly unknown[]>,
  target: string,
): Promise<string[]> {
  const [{ names } = { names: [] }] = (await longhorn('list', target)) as { readonly names: string[] }[];
  return names;
}

/** Noise, zeros, the noise again, and a short tail. */
function makeImage(): Buffer {
  const noise = randomBytes(blockSizeBytes);
  return Buffer.concat([noise, Buffer.alloc(blockSizeBytes), noise, randomBytes(1536)]);
}
