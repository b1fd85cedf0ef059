import assert from 'node:assert/strict';
import { isBackupError } from '../errors.ts';

/**
 * Whether a case that ran against a liar found something: an assertion that does not hold, or an error where none may
 * be. Anything else thrown is a bug of the case.
 */
export async function findingOf(run: Promise<unknown>): Promise<boolean> {
  try {
    await run;
    return false;
  } catch (error) {
    if (error instanceof assert.AssertionError || isBackupError(error)) return true;
    throw error;
  }
}
