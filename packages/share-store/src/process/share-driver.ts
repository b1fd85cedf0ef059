import type { ErrorCode } from '@hayloft/engine';

/**
 * A folder of a file share, as the store needs it. A plugin implements it in the module that its process runs.
 *
 * - Paths are absolute within that folder: `/` is the folder itself, `/a/b` a file in it. Parts hold `[A-Za-z0-9._-]`.
 * - A call that fails throws an `Error` whose `code` is the errno's word (`ENOENT`); everything that is not an answer of
 *   the server is `EIO`, `ETIMEDOUT`, `ECONNRESET` or their like, and never `ENOENT`.
 * - Nothing is repeated, cached or logged. A call ends by the time-out of the connection, if only by failing.
 * - Calls come at any number at once; a driver whose library takes only some of them lets the others wait.
 */
export interface ShareDriver {
  /**
   * Makes a new file of these bytes. They are durable when it resolves; a file of that name is `EEXIST`. What is left of
   * one that failed is removed by the caller.
   */
  create(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * The file's size, and the bytes of it that are in the range, or all of it without one. One opening sees one file: the
   * bytes are never those of two, also while it is replaced. A folder is `ENOENT`, a symbolic link `ELOOP`; a file to be read
   * whole that has more than `sizeBytesMax` bytes is given without its bytes.
   */
  read(path: string, options: ReadOptions): Promise<SharePart>;
  /** What stands there; the last part of the path is not followed if it is a symbolic link. */
  stat(path: string): Promise<ShareStat>;
  /** What is in a folder, complete but for `.` and `..`; throws rather than leave something out. Nothing is followed. */
  list(path: string): Promise<ShareEntry[]>;
  /** For its owner alone (0700) where the share has such modes. What stands there already is `EEXIST`. */
  makeFolder(path: string): Promise<void>;
  /**
   * In one step for all who look. Replaces a file by a file; a folder is renamed only to a name where nothing is, or an empty
   * folder: anything else there is `EEXIST` or `ENOTEMPTY`. A folder that is missing on the way is `ENOENT`.
   */
  rename(from: string, to: string): Promise<void>;
  /**
   * Gives a file the name `to` in one step, `EEXIST` where that is taken, whoever else tries. It may keep its name `from`
   * too. A driver lacks it where the share cannot promise it; there are no conditional puts then.
   */
  nameIfAbsent?(from: string, to: string): Promise<void>;
  /** Removes a file. A folder is `EISDIR`. */
  unlink(path: string): Promise<void>;
  /** Removes an empty folder; another is `ENOTEMPTY`. */
  removeFolder(path: string): Promise<void>;
}

export interface ReadOptions {
  readonly range: { readonly offset: number; readonly length: number } | undefined;
  readonly sizeBytesMax: number;
}

export interface SharePart {
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
}

export type ShareKind = 'file' | 'folder' | 'link' | 'other';

export interface ShareStat {
  readonly kind: ShareKind;
  readonly sizeBytes: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly modifiedAtMs: number;
  /** The same for the same file or folder as long as it exists, and another for every other one; '' where there is none. */
  readonly id: string;
  /** How many names it has; 1 where the share does not tell. */
  readonly linkCount: number;
}

export interface ShareEntry extends Omit<ShareStat, 'id' | 'linkCount'> {
  readonly name: string;
}

/**
 * Opens the share, in the process of its own. `settings` are what the plugin gave to `openShareStore`, credentials too.
 *
 * Throws an errno error as a driver does, or one made by `refusal`, which says better what to do.
 */
export type ConnectShare<Settings> = (settings: Settings) => Promise<ShareDriver>;

/** An error that becomes a `BackupError` with that code and remedy; the message says why, without naming the store. */
export function refusal(code: ErrorCode, message: string, remedy: string): Error {
  return Object.assign(new Error(message), { code, remedy });
}
