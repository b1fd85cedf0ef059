import { expect, test } from '@jest/globals';
import { createSharedFlushes } from './shared-flushes.ts';

/** Flushes that end when they are told to. */
function controlled() {
  const begun: PromiseWithResolvers<void>[] = [];
  const flush = createSharedFlushes(() => {
    const flushing = Promise.withResolvers<void>();
    begun.push(flushing);
    return flushing.promise;
  });
  return { begun, flush };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('who asks while a flush is under way waits for one that begins later, and all of them share it', async () => {
  const { begun, flush } = controlled();
  const ended: string[] = [];
  const ask = (who: string) => flush('/a').then(() => ended.push(who));
  const asked = [ask('first')];
  await settled();
  asked.push(ask('second'), ask('third'));
  await settled();
  expect(begun).toHaveLength(1);
  begun[0]!.resolve();
  await settled();
  expect([ended, begun.length]).toEqual([['first'], 2]);
  begun[1]!.resolve();
  await Promise.all(asked);
  expect(ended).toEqual(['first', 'second', 'third']);
});

test('a flush that fails fails for those who shared it, and the next one is a new one', async () => {
  const { begun, flush } = controlled();
  const first = flush('/a');
  const others = [flush('/a'), flush('/a')];
  begun[0]!.reject(new Error('full'));
  await expect(first).rejects.toThrow('full');
  await settled();
  begun[1]!.reject(new Error('gone'));
  for (const other of others) await expect(other).rejects.toThrow('gone');
  const again = flush('/a');
  begun[2]!.resolve();
  await again;
});

test('folders do not wait for each other', async () => {
  const { begun, flush } = controlled();
  const flushes = [flush('/a'), flush('/b')];
  expect(begun).toHaveLength(2);
  for (const each of begun) each.resolve();
  await Promise.all(flushes);
});
