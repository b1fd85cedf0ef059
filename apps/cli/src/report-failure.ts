import { isBackupError } from '@hayloft/engine';
import type { ErrorCode } from '@hayloft/engine';
import { signalExitCodes } from './exit-codes.ts';
import type { StopSignal } from './exit-codes.ts';

/** Why a run was aborted: the user, or the system, asked for it. */
export class Interruption extends Error {
  readonly stopSignal: StopSignal;
  constructor(stopSignal: StopSignal) {
    super(`Stopped by ${stopSignal}`);
    this.stopSignal = stopSignal;
  }
}

export interface Failure {
  readonly code: ErrorCode | 'INTERRUPTED';
  readonly message: string;
  readonly remedy: string;
  readonly exitCode: number;
  /** The result that a failed verification has all the same. */
  readonly result: object;
}

/** What users see of an error: never a stack, always something to do next. */
export function failureOf(error: unknown): Failure {
  if (isBackupError(error)) {
    const { code, message, remedy, exitCode, result } = error;
    return { code, message, remedy, exitCode, result: typeof result === 'object' && result !== null ? result : {} };
  }
  if (error instanceof Interruption) {
    const remedy = 'Run the same command again: what is done already is used.';
    const exitCode = signalExitCodes[error.stopSignal];
    return { code: 'INTERRUPTED', message: error.message, remedy, exitCode, result: {} };
  }
  if (isUsageError(error)) {
    return {
      code: 'USAGE_INVALID',
      message: oneLine(error.message),
      remedy: 'Add --help to see what this command takes.',
      exitCode: 2,
      result: {},
    };
  }
  const message = Error.isError(error) ? `${error.name}: ${error.message}` : String(error);
  const remedy = 'This is a fault of hayloft: set HAYLOFT_DEBUG=1, run it again and report what it prints.';
  return { code: 'INTERNAL', message, remedy, exitCode: 1, result: {} };
}

/** Prints the failure and gives the exit status. */
export function reportFailure(
  error: unknown,
  { asJson, jsonStream }: { readonly asJson: boolean; readonly jsonStream: NodeJS.WritableStream },
): number {
  const { code, message, remedy, exitCode, result } = failureOf(error);
  if (process.env['HAYLOFT_DEBUG'] === '1' && Error.isError(error)) process.stderr.write(`${describeDeeply(error)}\n`);
  if (asJson) jsonStream.write(`${JSON.stringify({ ...result, error: { code, message, remedy } })}\n`);
  else process.stderr.write(`Error: ${message}\nTry this: ${remedy}\n`);
  return exitCode;
}

/** An error of oclif's parser: it is about what was typed. */
function isUsageError(error: unknown): error is Error {
  return Error.isError(error) && 'oclif' in error;
}

function oneLine(message: string): string {
  return (
    message
      .replace(/\n\nNote: .*$|\nSee more help with --help$/su, '')
      // eslint-disable-next-line no-control-regex -- oclif colours parts of its messages
      .replaceAll(/\u001b\[[0-9;]*m/g, '')
      .replaceAll(/\s*\n\s*/g, ' ')
  );
}

function describeDeeply(error: Error): string {
  const cause = Error.isError(error.cause) ? `\ncaused by ${describeDeeply(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
