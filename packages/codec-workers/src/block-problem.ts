import { BackupError, isBackupError } from '@hayloft/engine';
import type { BlockProblem, ErrorCode } from '@hayloft/engine';

/** A window, its block, and whose they are, for messages. */
export interface JoinedWindow extends Pick<BlockProblem, 'index' | 'offset' | 'digest'> {
  /** `"name" in location`. */
  readonly subject: string;
}

/**
 * Why a window's block cannot be used: what was thrown, judged. Throws it again when it is no answer of a store.
 * `corrupt` are the codes that speak of the block's bytes; any other says something of the store.
 */
export function judgeProblem(
  error: unknown,
  window: JoinedWindow,
  corrupt: readonly ErrorCode[] = ['DATA_CORRUPT'],
): BlockProblem {
  const { index, offset, digest } = window;
  if (error instanceof WrongLength) return { kind: 'length', index, offset, digest, detail: error.message };
  if (!isBackupError(error)) throw error;
  const isCorrupt = isBackupError(error, ...corrupt);
  const kind = isBackupError(error, 'BLOB_NOT_FOUND') ? 'missing' : isCorrupt ? 'corrupt' : 'unreadable';
  const detail = kind === 'missing' ? 'is not in the store' : error.message;
  return { kind, index, offset, digest, detail };
}

/** The error with which a problem ends a job; what could not be read keeps the store's own error. */
export function problemError(problem: BlockProblem, { subject }: JoinedWindow, cause: unknown): unknown {
  if (problem.kind === 'unreadable') return cause;
  const { kind, digest, index, offset, detail } = problem;
  return new BackupError(
    kind === 'missing' ? 'BLOCK_MISSING' : 'DATA_CORRUPT',
    `block ${digest} of window ${index} (offset ${offset}) of ${subject}: ${detail}`,
    { remedy: 'List every damaged block with "hayloft backup verify", then run "hayloft backup repair".', cause },
  );
}

/** A sound block that is not as long as its window. */
export class WrongLength extends Error {
  constructor(found: number, wanted: number) {
    super(`it holds ${found} bytes, and the image needs ${wanted} there`);
  }
}

export function notFound(): BackupError {
  return new BackupError('BLOB_NOT_FOUND', 'is not in the store', { remedy: 'Run "hayloft backup repair".' });
}
