import { expect, test } from '@jest/globals';
import { backup } from '../operations/backup.ts';
import { restore } from '../operations/restore.ts';
import { createMemoryStore, createMemoryTarget, memorySource, seededRandom, testContext } from './index.ts';

test('an image that is backed up and restored with the plain parts is byte-equal', async () => {
  const context = testContext();
  const store = createMemoryStore({ now: () => context.clock.now() });
  const bytes = seededRandom(7).bytes(512 * 3);
  bytes.fill(0, 100, 400);
  const compression = { fallback: 'gzip' as const };
  const made = await backup({ store, source: memorySource(bytes), name: 'image', compression }, context);
  expect(made.blocks).toMatchObject({ written: made.blocks.total, healed: 0 });

  await using target = createMemoryTarget();
  await restore({ store, name: 'image', sink: { kind: 'target', target } }, context);
  expect(target.committed?.bytes).toEqual(Buffer.from(bytes));
});
