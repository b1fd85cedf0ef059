import type { Fault } from '../fault.ts';
import { breakingConnections } from './breaking-connections.ts';
import { changedBytes } from './changed-bytes.ts';
import { listings } from './listings.ts';
import { misplacedAnswers } from './misplaced-answers.ts';
import { refusals } from './refusals.ts';

/** The rows of the table. */
export const allFaults: readonly Fault[] = [
  ...breakingConnections,
  ...refusals,
  ...misplacedAnswers,
  ...changedBytes,
  ...listings,
];
