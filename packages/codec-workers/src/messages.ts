import type { MessagePort } from 'node:worker_threads';
import { BackupError, isBackupError } from '@hayloft/engine';
import type { BlockDigest, BlockProblem, CompressionMethod, CutStoreResult, ErrorCode } from '@hayloft/engine';
import type { RingShape } from './ring-layout.ts';

/** What a thread is asked to do. */
export interface ThreadJob {
  readonly memory: WebAssembly.Memory;
  readonly shape: RingShape;
  readonly userCount: number;
  readonly task: CutTask | JoinTask | RollTask;
  /** For all that is said about this job. */
  readonly port: MessagePort;
}

export interface RollTask {
  readonly role: 'roll';
}

export interface CutTask {
  readonly role: 'cut';
  readonly worker: number;
  /** Ordinals that workers read from a file themselves; those after them are filled by the main thread. */
  readonly listed: ListedWindows;
  /** 32 bytes a window; may grow. */
  readonly digests: SharedArrayBuffer;
  readonly stores: readonly CutTaskStore[];
  /** Gets the bytes of what is not listed from it. */
  readonly target: OpenFile | undefined;
}

export interface CutTaskStore {
  /** Where the worker writes blocks itself; undefined where the main thread has to put them. */
  readonly directory: string | undefined;
  readonly verifyReused: boolean;
}

/** A file that the main thread has opened, and closes: descriptors are the process's. */
export interface OpenFile {
  readonly fd: number;
  /** For messages. */
  readonly name: string;
}

export interface ListedWindows {
  /** Window of each ordinal from 0 on, 32 bits each, ascending. */
  readonly windows: SharedArrayBuffer;
  readonly file: OpenFile;
  /** Where the file's bytes end that are listed. */
  readonly endBytes: number;
  /** The file is the very one that is being made: its bytes need not be written to it again. */
  readonly isTarget: boolean;
}

export interface JoinTask {
  readonly role: 'join';
  readonly worker: number;
  /** Window of each ordinal, 32 bits each, ascending. */
  readonly windows: SharedArrayBuffer;
  /** 32 bytes a window. */
  readonly digests: SharedArrayBuffer;
  readonly sizeBytes: number;
  readonly method: CompressionMethod;
  /** Where the worker reads blocks itself; undefined where the main thread fetches them. */
  readonly directory: string | undefined;
  /** For messages: whose blocks these are. */
  readonly subject: string;
  readonly target: OpenFile | undefined;
  /** Windows of the target that match already are kept. */
  readonly resume: boolean;
  /** Somebody takes the plain bytes from the slots, in order. */
  readonly hasFollowers: boolean;
  readonly reportProblems: boolean;
}

/** Main thread to worker: a store is ready. Posted before its gate opens. */
export interface OpenedStore {
  readonly store: number;
  readonly index: SharedArrayBuffer;
  readonly method: CompressionMethod;
}

/** A packed block for a store that only the main thread can reach; it holds a credit. */
export interface PutMessage {
  readonly kind: 'put';
  readonly store: number;
  readonly digest: BlockDigest;
  /** The claimed entry of the store's index. */
  readonly entry: number;
  readonly packed: Uint8Array;
  readonly plainLength: number;
  /** The block is listed: put it only if what is stored does not match. */
  readonly proveFirst: boolean;
}

/** A block that a worker wrote into a directory's staging area; it holds a credit. */
export interface PublishMessage {
  readonly kind: 'publish';
  readonly store: number;
  readonly digest: BlockDigest;
  /** The claimed entry of the store's index. */
  readonly entry: number;
  /** Path of the staged file. */
  readonly staged: string;
  readonly packedLength: number;
  /** It replaces one that is unsound. */
  readonly heals: boolean;
}

/** What one worker found in one store. */
export type ReuseCounts = Pick<StoreCounts, 'reused' | 'reusedVerified'>;

/** `CutStoreResult` while it is counted. */
export type StoreCounts = { -readonly [Key in keyof CutStoreResult]: CutStoreResult[Key] };

export type ThreadMessage =
  | PutMessage
  | PublishMessage
  | { readonly kind: 'problem'; readonly problem: BlockProblem }
  | { readonly kind: 'cut'; readonly bytesRead: number; readonly stores: ReuseCounts[] }
  | { readonly kind: 'joined'; readonly bytesFetched: number }
  | { readonly kind: 'rolled'; readonly checksum: string }
  | { readonly kind: 'failed'; readonly error: PackedError }
  | { readonly kind: 'stopped' };

/** An error as it crosses threads: structured clone would lose its class, code and remedy. */
export interface PackedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  readonly cause: string | undefined;
}

export function packError(error: unknown): PackedError {
  if (!isBackupError(error)) {
    const stack = Error.isError(error) ? (error.stack ?? error.message) : String(error);
    const reason = Error.isError(error) ? error.message : String(error);
    return { code: 'INTERNAL', message: `a worker thread failed: ${reason}`, remedy: reportBug, cause: stack };
  }
  const { code, message, remedy, cause } = error;
  return { code, message, remedy, cause: Error.isError(cause) ? cause.message : undefined };
}

export function unpackError({ code, message, remedy, cause }: PackedError): BackupError {
  return new BackupError(code, message, { remedy, ...(cause === undefined ? {} : { cause: new Error(cause) }) });
}

export const reportBug = 'Report this: it is a bug of Hayloft.';
