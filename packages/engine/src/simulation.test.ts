import { beforeAll, describe, expect, test } from '@jest/globals';
import { simulate } from './testing/index.ts';
import type { SimulationReport } from './testing/index.ts';
import { plantedBugs } from './testing/simulation/planted-bugs.ts';

const seeds = 400;
const seedsToFindABug = 200;

describe('programs that work on one bad store at once', () => {
  const reports: SimulationReport[] = [];
  beforeAll(async () => {
    for (let seed = 0; seed < seeds; seed++) reports.push(await simulate(seed));
  });

  test(`leave every backup whole and say nothing untrue, in ${seeds} runs`, () => {
    // `npm run sim -- <seed>` tells a run line by line.
    const found = reports.flatMap(({ seed, violations }) =>
      violations.map((violation) => `seed ${seed}: ${violation}`),
    );
    expect(found).toEqual([]);
  });

  test('meet everything that there is to meet', () => {
    const outcomes = new Set(reports.flatMap((report) => [...report.outcomes.keys()]));
    for (const deed of ['backup', 'restore', 'prune', 'remove', 'longhorn-backup', 'longhorn-remove']) {
      expect(outcomes).toContain(`${deed} done`);
      expect(outcomes).toContain(`${deed} killed`);
    }
    for (const outcome of ['backup STORE_LOCKED', 'prune STORE_LOCKED', 'restore DATA_CORRUPT']) {
      expect(outcomes).toContain(outcome);
    }
  });

  test('do the same again for the same seed', async () => {
    for (const seed of [1, 2, 3]) expect(await simulate(seed)).toEqual(await simulate(seed));
  });
});

describe('a simulation that can fail', () => {
  test.each(plantedBugs)('finds out when $mistake', async ({ mutation, weather }) => {
    for (let seed = 0; seed < seedsToFindABug; seed++) {
      const { violations } = await simulate(seed, { mutation, weather });
      if (violations.length > 0) return;
    }
    expect(`not found in ${seedsToFindABug} runs`).toBe('found');
  });
});
