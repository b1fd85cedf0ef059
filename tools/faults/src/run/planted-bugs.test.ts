import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCodecWorkers } from '@hayloft/codec-workers';
import { isBackupError, overStore, type BackupStore } from '@hayloft/engine';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '../fault.ts';
import { fileStore } from '../stores/file.ts';
import { makeImages } from './images.ts';
import { verifyAfterwards } from './judge.ts';
import { runSteps } from './run-steps.ts';
import { prepare, type RunTools } from './run-tools.ts';
import type { Place, StartedStore } from './store-under-test.ts';

// A harness is trusted after it has caught bugs that were planted for it.

const folder = mkdtempSync(join(tmpdir(), 'hayloft-planted-'));
const pipeline = createCodecWorkers({ workerCount: 2 });
let tools: RunTools;
let started: StartedStore;
beforeAll(async () => {
  tools = { images: makeImages(folder), pipeline };
  started = await fileStore.start();
});
afterAll(async () => {
  await started[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A place whose store, seen through the faults, has a bug. */
async function placeWith(bug: (store: BackupStore) => Partial<BackupStore>, name: string): Promise<Place> {
  const place = await started.makePlace(name);
  await prepare(place, tools);
  return {
    ...place,
    async open(way, signal) {
      const store = await place.open(way, signal);
      return way === 'around' ? store : overStore(store, bug(store));
    },
  };
}

const faultOf = (aim: Fault['aim'], act: Fault['act']): Fault => ({ group: '', name: '', aim, act, expected: 'right' });

describe('a driver', () => {
  test('that takes a lost answer to mean that all is well is caught by what is not there', async () => {
    const place = await placeWith(
      (store) => ({
        put: async (key, data, options) =>
          store.put(key, data, options).catch((error: unknown) => {
            if (!isBackupError(error, 'STORE_UNAVAILABLE')) throw error;
          }),
      }),
      'lost-put',
    );
    const fault = faultOf({ verb: 'put', area: 'blocks' }, { kind: 'refuse' });
    const { outcomes, done } = await runSteps(place, fault, tools);
    expect(outcomes.verify).not.toBe('right');
    await expect(verifyAfterwards(place, done, tools)).rejects.toThrow('not sound');
  });

  test('whose failed listing is an empty one is caught by the blocks that prune then takes', async () => {
    const place = await placeWith(
      (store) => ({
        async *list(prefix, options) {
          try {
            yield* store.list(prefix, options);
          } catch (error) {
            if (!isBackupError(error, 'STORE_UNAVAILABLE')) throw error;
          }
        },
      }),
      'short-listing',
    );
    const fault = faultOf({ verb: 'list', area: 'configs', times: Infinity }, { kind: 'cut' });
    const { outcomes, done } = await runSteps(place, fault, tools);
    expect(outcomes).toMatchObject({ verify: 'fewer', prune: 'right' });
    await expect(verifyAfterwards(place, done, tools)).rejects.toThrow('not sound');
  });

  test('that throws what is no BackupError is a bug, and not an outcome', async () => {
    const place = await placeWith(
      () => ({
        get: () => Promise.reject(new TypeError('undefined is not a function')),
      }),
      'type-error',
    );
    await expect(runSteps(place, faultOf({}, { kind: 'delay', ms: 0 }), tools)).rejects.toThrow(TypeError);
  });
});
