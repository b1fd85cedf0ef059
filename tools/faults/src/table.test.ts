import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { expectedOf, steps } from './fault.ts';
import { allFaults } from './faults/all-faults.ts';
import { allStores } from './stores/all-stores.ts';
import { renderTable, tablePath } from './table.ts';

test('the table in the documents is that of the rows: "npm run table" writes it', () => {
  expect(readFileSync(join(import.meta.dirname, tablePath), 'utf8')).toBe(renderTable());
});

test('every fault can be made on some store, has a name of its own, and the outcome of each step', () => {
  expect(new Set(allFaults.map(({ name }) => name)).size).toBe(allFaults.length);
  for (const fault of allFaults) {
    expect(allStores.some((store) => store.makes(fault))).toBe(true);
    for (const { type } of allStores) {
      const expected = expectedOf(fault, type);
      for (const step of steps) expect(expected[step].length).toBeGreaterThan(0);
    }
  }
});
