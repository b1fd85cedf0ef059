/** What a status of the server (NTSTATUS, MS-ERREF 2.3.1) means to us: its name, and the errno that says the same. */
interface StatusMeaning {
  readonly name: string;
  readonly errno: string;
}

export const status = {
  success: 0,
  pending: 0x00000103,
  noMoreFiles: 0x80000006,
  noSuchFile: 0xc000000f,
  endOfFile: 0xc0000011,
  moreProcessingRequired: 0xc0000016,
  accessDenied: 0xc0000022,
  sharingViolation: 0xc0000043,
  diskFull: 0xc000007f,
  badDeviceType: 0xc00000cb,
  internalError: 0xc00000e5,
} as const;

const meanings: ReadonlyMap<number, StatusMeaning> = new Map(
  Object.entries({
    ENOENT: {
      NO_SUCH_FILE: 0xc000000f,
      OBJECT_NAME_NOT_FOUND: 0xc0000034,
      OBJECT_PATH_NOT_FOUND: 0xc000003a,
      // On its way out: whoever still has it open is the last one.
      DELETE_PENDING: 0xc0000056,
    },
    ENOTDIR: { OBJECT_PATH_INVALID: 0xc0000039, NOT_A_DIRECTORY: 0xc0000103 },
    EISDIR: { FILE_IS_A_DIRECTORY: 0xc00000ba },
    EEXIST: { OBJECT_NAME_COLLISION: 0xc0000035 },
    ENOTEMPTY: { DIRECTORY_NOT_EMPTY: 0xc0000101 },
    ENAMETOOLONG: { NAME_TOO_LONG: 0xc0000106 },
    EINVAL: { INVALID_PARAMETER: 0xc000000d, OBJECT_NAME_INVALID: 0xc0000033, OBJECT_PATH_SYNTAX_BAD: 0xc000003b },
    EACCES: { ACCESS_DENIED: 0xc0000022, CANNOT_DELETE: 0xc0000121, PRIVILEGE_NOT_HELD: 0xc0000061 },
    EROFS: { MEDIA_WRITE_PROTECTED: 0xc00000a2 },
    ENOSPC: { DISK_FULL: 0xc000007f },
    EDQUOT: { QUOTA_EXCEEDED: 0xc0000044, DISK_QUOTA_EXCEEDED: 0xc0000802 },
    EFBIG: { FILE_TOO_LARGE: 0xc0000904 },
    ELOOP: { STOPPED_ON_SYMLINK: 0x8000002d },
    EBUSY: { SHARING_VIOLATION: 0xc0000043, FILE_LOCK_CONFLICT: 0xc0000054, REQUEST_NOT_ACCEPTED: 0xc00000d0 },
    EAGAIN: { INSUFFICIENT_RESOURCES: 0xc000009a, INSUFF_SERVER_RESOURCES: 0xc0000205, TOO_MANY_SESSIONS: 0xc00000ce },
    EMFILE: { TOO_MANY_OPENED_FILES: 0xc000011f },
    ETIMEDOUT: { IO_TIMEOUT: 0xc00000b5 },
    ESTALE: { FILE_CLOSED: 0xc0000128, INVALID_HANDLE: 0xc0000008, NETWORK_NAME_DELETED: 0xc00000c9 },
    ECONNRESET: {
      USER_SESSION_DELETED: 0xc0000203,
      NETWORK_SESSION_EXPIRED: 0xc000035c,
      CONNECTION_DISCONNECTED: 0xc000020c,
      CONNECTION_RESET: 0xc000020d,
    },
    EIO: {
      UNSUCCESSFUL: 0xc0000001,
      INTERNAL_ERROR: 0xc00000e5,
      UNEXPECTED_IO_ERROR: 0xc00000e9,
      DATA_ERROR: 0xc000003e,
      CRC_ERROR: 0xc000003f,
      DISK_CORRUPT_ERROR: 0xc0000032,
      FILE_CORRUPT_ERROR: 0xc0000102,
      DEVICE_NOT_READY: 0xc00000a3,
    },
    ENOTSUP: { NOT_SUPPORTED: 0xc00000bb, INVALID_DEVICE_REQUEST: 0xc0000010, NOT_IMPLEMENTED: 0xc0000002 },
    EREMOTE: { PATH_NOT_COVERED: 0xc0000257 },
    // What only the opening of a session or a share says; `open-share.ts` knows these by name.
    ELOGIN: {
      NO_SUCH_USER: 0xc0000064,
      WRONG_PASSWORD: 0xc000006a,
      LOGON_FAILURE: 0xc000006d,
      ACCOUNT_RESTRICTION: 0xc000006e,
      INVALID_LOGON_HOURS: 0xc000006f,
      PASSWORD_EXPIRED: 0xc0000071,
      ACCOUNT_DISABLED: 0xc0000072,
      NO_LOGON_SERVERS: 0xc000005e,
      LOGON_TYPE_NOT_GRANTED: 0xc000015b,
      ACCOUNT_EXPIRED: 0xc0000193,
      PASSWORD_MUST_CHANGE: 0xc0000224,
      ACCOUNT_LOCKED_OUT: 0xc0000234,
      NTLM_BLOCKED: 0xc0000418,
    },
    ESHARE: { BAD_NETWORK_NAME: 0xc00000cc, BAD_DEVICE_TYPE: 0xc00000cb },
  }).flatMap(([errno, names]) => Object.entries(names).map(([name, code]) => [code, { name, errno }])),
);

/** A request that the server answered with a failure. `code` is an errno word, as errors of `node:fs` have it. */
export class SmbStatusError extends Error {
  readonly status: number;
  readonly code: string;
  /** `STATUS_ACCESS_DENIED`. */
  readonly reason: string;

  constructor(doing: string, failed: number) {
    const { name, errno } = meanings.get(failed) ?? { name: hex(failed), errno: 'EREMOTEIO' };
    super(`${doing}: the server says STATUS_${name}`);
    this.reason = `STATUS_${name}`;
    this.name = 'SmbStatusError';
    this.status = failed;
    this.code = errno;
  }
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(8, '0')}`;
}
