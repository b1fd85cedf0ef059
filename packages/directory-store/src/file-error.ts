import { BackupError, type ErrorCode } from '@hayloft/engine';

interface ErrnoPolicy {
  readonly code: ErrorCode;
  readonly why: string;
  readonly remedy: string;
}

const deadServer: ErrnoPolicy = {
  code: 'STORE_UNAVAILABLE',
  why: 'the file system does not answer as it should',
  remedy: 'Check the mount, the disk and the server behind it, then run the same command again.',
};
const refused: ErrnoPolicy = {
  code: 'ACCESS_DENIED',
  why: 'access is denied',
  remedy: 'Grant this user read and write access to the folder, or run as a user who has it.',
};
const full: ErrnoPolicy = {
  code: 'NO_SPACE',
  why: 'there is no space left, or the quota is used up',
  remedy: 'Free some space there or raise the quota, then run the same command again: it continues where it stopped.',
};
const crowded: ErrnoPolicy = {
  code: 'STORE_UNAVAILABLE',
  why: 'too many files are open',
  remedy: 'Raise the limit of open files (ulimit -n), or lower the concurrency.',
};
const misplaced: ErrnoPolicy = {
  code: 'STORE_INVALID',
  why: 'a file stands where a folder is needed, or the other way round',
  remedy: 'Check that the path is the right one and move away what does not belong there.',
};

/** The one table from errno to error. ENOENT is not in it by accident: each caller knows what its absence means. */
const errnoPolicies: Readonly<Record<string, ErrnoPolicy>> = {
  ENOENT: {
    code: 'BLOB_NOT_FOUND',
    why: 'it is not there',
    remedy: 'Check the name and the path.',
  },
  EACCES: refused,
  EPERM: refused,
  EROFS: {
    code: 'STORE_READ_ONLY',
    why: 'the file system is mounted read-only',
    remedy: 'Mount it for writing, or choose another target.',
  },
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: { ...full, why: 'the file system does not hold files of that size' },
  ESTALE: deadServer,
  EIO: deadServer,
  EREMOTEIO: deadServer,
  ETIMEDOUT: deadServer,
  EHOSTDOWN: deadServer,
  EHOSTUNREACH: deadServer,
  ENETDOWN: deadServer,
  ENETRESET: deadServer,
  ENETUNREACH: deadServer,
  ECONNABORTED: deadServer,
  ECONNRESET: deadServer,
  ECONNREFUSED: deadServer,
  EPIPE: deadServer,
  ENOTCONN: deadServer,
  ENODEV: deadServer,
  ENXIO: deadServer,
  EBUSY: deadServer,
  EAGAIN: deadServer,
  EMFILE: crowded,
  ENFILE: crowded,
  EISDIR: misplaced,
  ENOTDIR: misplaced,
  ENOTEMPTY: misplaced,
  EEXIST: { ...misplaced, why: 'something else stands there already' },
  ELOOP: {
    code: 'STORE_INVALID',
    why: 'a symbolic link stands where none may be',
    remedy: 'Replace the link by what it leads to, or by a bind mount.',
  },
  ENAMETOOLONG: {
    code: 'USAGE_INVALID',
    why: 'the name is too long for the file system',
    remedy: 'Choose a shorter name or path.',
  },
};

/** The `errno` word of a failed file operation (`ENOENT`), or undefined for an error of another kind. */
export function errnoOf(error: unknown): string | undefined {
  // Not `instanceof`: errors of Node itself may come from another realm.
  const code = Error.isError(error) ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/**
 * Turns what a file operation threw into a `BackupError`. Anything that is not an errno is returned as it is.
 *
 * @param failed What failed and on what: `cannot read "a/b" in file:///x/`.
 * @param codes Errnos that mean something else here, `{ ENOENT: 'IMAGE_NOT_FOUND' }`.
 */
export function fileError(error: unknown, failed: string, codes: Readonly<Record<string, ErrorCode>> = {}): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const policy = errnoPolicies[errno];
  if (policy === undefined) {
    return new BackupError(codes[errno] ?? 'INTERNAL', `${failed}: the system says ${errno}`, {
      remedy: 'Look this error up in the documentation of the file system, or report it.',
      cause: error,
    });
  }
  return new BackupError(codes[errno] ?? policy.code, `${failed}: ${policy.why} (${errno})`, {
    remedy: policy.remedy,
    cause: error,
  });
}
