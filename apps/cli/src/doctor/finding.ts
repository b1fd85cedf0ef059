import { failureOf } from '../report-failure.ts';

/** One line of `hayloft doctor`. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do about it; where all is well there is none. */
  readonly remedy?: string;
  /** Code and exit status of what failed. */
  readonly code?: string;
  readonly exitCode?: number;
}

export const ok = (name: string, detail: string): Finding => ({ name, state: 'ok', detail });

export const warning = (name: string, detail: string, remedy: string): Finding => ({
  name,
  state: 'warning',
  detail,
  remedy,
});

/** Runs one examination; what it throws becomes its finding, and the others go on. */
export async function examine(
  name: string,
  examination: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await examination();
  } catch (error) {
    const { code, message, remedy, exitCode } = failureOf(error);
    return [{ name, state: 'failed', detail: message, remedy, code, exitCode }];
  }
}
