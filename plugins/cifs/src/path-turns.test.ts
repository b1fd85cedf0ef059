import { expect, test } from '@jest/globals';
import { createPathTurns } from './path-turns.ts';

test('work on one path is done one after the other, also after some of it failed; other paths do not wait', async () => {
  const turns = createPathTurns();
  const events: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('/a', async () => {
    events.push('first');
    await gate.promise;
    throw new Error('first failed');
  });
  const second = turns.take('/a', () => Promise.resolve(events.push('second')));
  await turns.take('/b', () => Promise.resolve(events.push('other')));
  expect(events).toEqual(['first', 'other']);
  gate.resolve();
  await expect(first).rejects.toThrow('first failed');
  await second;
  expect(events).toEqual(['first', 'other', 'second']);
});
