import type { StoreCase } from './store-case.ts';
import { byteCases } from './store-cases-bytes.ts';
import { nameCases } from './store-cases-names.ts';
import { raceCases } from './store-cases-races.ts';

/**
 * Every promise of `BackupStore` that can be checked from outside. A driver's test runs them all, and so does
 * `hayloft store check`, under a prefix of its own; what a crash would show, and that no call is retried inside, is for
 * the driver's own tests.
 */
export const storeCases: readonly StoreCase[] = [...byteCases, ...nameCases, ...raceCases];
