import type { ErrorCode } from '@hayloft/engine';
import { failureOf } from '../report-failure.ts';
import type { Manifest } from './manifest.ts';

/** What became of one object. */
export interface Outcome {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** In Longhorn's words for this kind. */
  readonly state: string;
  readonly message: string;
  readonly status: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string; readonly remedy: string };
}

export type Reached = Pick<Outcome, 'state' | 'message' | 'status'>;

export const outcomeOf = ({ kind, name, namespace }: Manifest, reached: Reached): Outcome => ({
  kind,
  name,
  namespace,
  ...reached,
});

const failedStates: Readonly<Record<Manifest['kind'], string>> = {
  BackingImage: 'failed',
  BackupBackingImage: 'Error',
  BackupTarget: 'Unavailable',
  Secret: 'Error',
  StorageClass: 'Error',
};

export interface FailedOutcome extends Outcome {
  readonly exitCode: number;
  readonly errorCode: ErrorCode;
}

/** The outcome of an object that threw, in Longhorn's word for it, and how bad it is. */
export function failedOutcome(manifest: Manifest, thrown: unknown): FailedOutcome {
  const { code, message, remedy, exitCode } = failureOf(thrown);
  const status = manifest.kind === 'BackupTarget' ? { available: false } : {};
  const reached = { state: failedStates[manifest.kind], message, status };
  const errorCode = code === 'INTERRUPTED' ? 'INTERNAL' : code;
  return { ...outcomeOf(manifest, reached), error: { code, message, remedy }, exitCode, errorCode };
}
