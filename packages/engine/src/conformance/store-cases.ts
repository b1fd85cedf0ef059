import type { StoreCase } from './store-case.ts';
import { abortCases } from './store-cases-aborts.ts';
import { byteCases } from './store-cases-bytes.ts';
import { nameCases } from './store-cases-names.ts';
import { raceCases } from './store-cases-races.ts';
import { troubleCases } from './store-cases-troubles.ts';

/**
 * Every promise of `BackupStore` that can be checked from outside. A driver's test runs them all, and so does
 * `hayloft store check`, under a prefix of its own. What a crash would show is for the driver's own tests; the cases of
 * trouble run where a test provides it.
 */
export const storeCases: readonly StoreCase[] = [
  ...byteCases,
  ...nameCases,
  ...raceCases,
  ...abortCases,
  ...troubleCases,
];
