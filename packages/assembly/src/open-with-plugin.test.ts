import { expect, test } from '@jest/globals';
import { BackupError, silentLogger } from '@hayloft/engine';
import type { BackupStore, ErrorCode, StorePlugin } from '@hayloft/engine';
import { createMemoryStore } from '@hayloft/engine/testing';
import { openWithPlugin } from './open-with-plugin.ts';

const { signal } = new AbortController();
const context = { signal, logger: silentLogger, credentials: new Map() };
const target = { name: 'offsite', origin: 'hayloft.yaml:3' };
const denied = new BackupError('ACCESS_DENIED', 'who are you?', { remedy: 'Say so.' });

const plugin = (changes: object): StorePlugin => ({
  contract: 1,
  kind: 'store',
  type: 'acme',
  summary: 's',
  options: { parse: (value) => value },
  open: async () => createMemoryStore(),
  ...changes,
});
const opening = (opened: unknown) => plugin({ open: async () => opened });
const throwing = (error: unknown) => () => {
  throw error;
};
const without = (part: keyof BackupStore): object => ({ ...createMemoryStore(), [part]: undefined });

test('a plugin that keeps its contract opens a store', async () => {
  expect((await openWithPlugin(plugin({}), {}, target, context)).location).toBe('memory:///');
});

test.each<[string, StorePlugin, ErrorCode, string]>([
  [
    'options that it refuses',
    plugin({ options: { parse: throwing(new Error('no bucket')) } }),
    'CONFIGURATION_INVALID',
    'hayloft.yaml:3: the options of target "offsite": no bucket',
  ],
  ['a refusal of its own', plugin({ open: throwing(denied) }), 'ACCESS_DENIED', 'who are you?'],
  ['a bug', plugin({ open: async () => (undefined as unknown as { x: string }).x }), 'PLUGIN_INVALID', 'acme'],
  ['a text thrown', plugin({ open: throwing('at once') }), 'PLUGIN_INVALID', 'at once'],
  ['nothing opened', opening(undefined), 'PLUGIN_INVALID', 'everything'],
  ['a store without a verb', opening(without('stat')), 'PLUGIN_INVALID', 'for want of stat'],
  ['a store without a location', opening(without('location')), 'PLUGIN_INVALID', 'location'],
  ['a store without capabilities', opening(without('capabilities')), 'PLUGIN_INVALID', 'capabilities'],
])('%s is said with what it concerns', async (_what, faulty, code, says) => {
  const opened = openWithPlugin(faulty, {}, target, context);
  await expect(opened).rejects.toMatchObject({
    code,
    message: expect.stringContaining(says),
    remedy: expect.stringMatching(/\S/),
  });
});

test('an abort while opening is the abort, whatever the plugin makes of it', async () => {
  const aborted = AbortSignal.abort('stopped');
  const opened = openWithPlugin(plugin({ open: throwing(new Error('cut')) }), {}, target, {
    ...context,
    signal: aborted,
  });
  await expect(opened).rejects.toBe('stopped');
});
