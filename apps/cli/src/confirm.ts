import { createInterface } from 'node:readline/promises';
import { BackupError } from '@hayloft/engine';
import type { Workbench } from './workbench.ts';

export interface ConfirmationFlags {
  readonly yes: boolean;
  readonly 'dry-run': boolean;
}

/**
 * Asks before something is deleted; what it is stands in `plan`. Without a terminal only `--yes` is an answer:
 * `CONFIRMATION_MISSING`, and nothing was done. A dry run needs none.
 */
export async function confirm(plan: string, flags: ConfirmationFlags, bench: Workbench): Promise<void> {
  if (flags.yes || flags['dry-run']) return;
  const answer = process.stdin.isTTY && process.stderr.isTTY ? await ask(`${plan} Go on? [y/N] `, bench) : undefined;
  if (answer !== undefined && /^y(es)?$/i.test(answer.trim())) return;
  throw new BackupError('CONFIRMATION_MISSING', `${plan} Nothing was done: it was not confirmed`, {
    remedy: 'Add --yes to go on, or --dry-run to see what would be done.',
  });
}

async function ask(question: string, { signal }: Workbench): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal });
  } finally {
    terminal.close();
  }
}
