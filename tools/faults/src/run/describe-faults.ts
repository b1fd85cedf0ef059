import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCodecWorkers } from '@hayloft/codec-workers';
import { mapConcurrently } from '@hayloft/engine';
import { buildLonghornPeer, peerUnavailable } from '@hayloft/tool-longhorn-peer';
import { hasServers } from '@hayloft/tool-servers';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { expectedOf, steps, type Fault, type Outcome } from '../fault.ts';
import { allFaults } from '../faults/all-faults.ts';
import { makeImages } from './images.ts';
import { findDamage, restoreByLonghorn, runAgain, verifyAfterwards, type Sound } from './judge.ts';
import { runSteps, type RunReport } from './run-steps.ts';
import { prepare, type RunTools } from './run-tools.ts';
import type { Place, StartedStore, StoreUnderTest } from './store-under-test.ts';

/** Servers start, the peer is built once, and Longhorn's library waits 2 s for each of its locks. */
const timeoutMs = 900_000;
/** Places that Longhorn's library looks at side by side: it mostly waits. */
const judgesAtOnce = 8;

/** A test for each fault that can be made there, and one in which Longhorn's library judges what they all left. */
export async function describeFaults(store: StoreUnderTest): Promise<void> {
  const isHere = await hasServers(...store.servers);
  (isHere ? describe : describe.skip)(`${store.name} behind a network that fails`, () => {
    jest.setTimeout(timeoutMs);
    const pipeline = createCodecWorkers({ workerCount: 2 });
    const left: { readonly fault: Fault; readonly place: Place; readonly sound: Sound }[] = [];
    let folder: string;
    let tools: RunTools;
    let started: StartedStore;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hayloft-faults-'));
      tools = { images: makeImages(folder), pipeline };
      started = await store.start();
    });
    afterAll(async () => {
      for (const { place } of left) await place[Symbol.asyncDispose]();
      await started?.[Symbol.asyncDispose]();
      await pipeline[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    for (const [number, fault] of allFaults.entries()) {
      if (!store.makes(fault) || store.skips?.(fault) === true) continue;
      test(fault.name, async () => {
        const place = await started.makePlace(`fault-${number}`);
        await prepare(place, tools);
        const report = await runSteps(place, fault, tools);
        expectOutcomes(fault, store, report);
        if (fault.unnoticedBy?.includes(store.type) === true) {
          expect(await findDamage(place, tools)).toContain('corrupt');
          await place[Symbol.asyncDispose]();
          return;
        }
        left.push({ fault, place, sound: await verifyAfterwards(place, report.done, tools) });
      });
    }

    const missing = peerUnavailable();
    if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);
    (missing === undefined ? test : test.skip)(
      'Longhorn’s library finds and restores the same backups, and then every run ends well',
      async () => {
        await buildLonghornPeer();
        const disagreements: string[] = [];
        await mapConcurrently(left.entries(), judgesAtOnce, async ([number, { fault, place, sound }]) => {
          try {
            expect(await restoreByLonghorn(place, tools.images, join(folder, `restored-${number}`))).toEqual(sound);
            await runAgain(place, tools);
          } catch (error) {
            disagreements.push(`${fault.name}: ${Error.isError(error) ? error.message : String(error)}`);
          }
        });
        expect(left.length).toBeGreaterThan(0);
        expect(disagreements).toEqual([]);
      },
    );
  });
}

/** Shows the errors beside the outcomes that nobody expected. */
function expectOutcomes(fault: Fault, { type }: StoreUnderTest, { outcomes, errors, struck }: RunReport): void {
  const expected = expectedOf(fault, type);
  const surprises = steps.filter((step) => !expected[step].includes(outcomes[step]));
  const tell = (step: (typeof steps)[number]): readonly [string, Outcome, string] => [
    step,
    outcomes[step],
    Error.isError(errors[step]) ? errors[step].message : '',
  ];
  expect(surprises.map(tell)).toEqual([]);
  expect(struck).toBeGreaterThan(0);
}
