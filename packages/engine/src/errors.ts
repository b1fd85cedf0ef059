interface ErrorPolicy {
  /** The same call may succeed a little later. */
  readonly retryable: boolean;
  /** Exit status of the CLI; `hayloft help exit-codes` prints the list. */
  readonly exitCode: number;
}

const permanent = (exitCode: number): ErrorPolicy => ({ retryable: false, exitCode });
const transient = (exitCode: number): ErrorPolicy => ({ retryable: true, exitCode });

/** The one table that decides, per code, whether to retry and how to exit. The code is also the Kubernetes reason. */
export const errorPolicies = {
  INTERNAL: permanent(1),
  RANGE_INVALID: permanent(1),
  USAGE_INVALID: permanent(2),
  CONFIGURATION_INVALID: permanent(2),
  PLUGIN_UNKNOWN: permanent(2),
  PLUGIN_INVALID: permanent(2),
  CONFIRMATION_MISSING: permanent(2),
  PARTLY_UNTRIED: permanent(3),
  IMAGE_NOT_FOUND: permanent(4),
  BACKUP_NOT_FOUND: permanent(4),
  BACKUP_INCOMPLETE: permanent(4),
  BLOB_NOT_FOUND: permanent(4),
  SOURCE_NOT_FOUND: permanent(4),
  STORE_UNAVAILABLE: transient(5),
  SOURCE_UNAVAILABLE: transient(5),
  DEPENDENCY_MISSING: permanent(5),
  ACCESS_DENIED: permanent(6),
  STORE_READ_ONLY: permanent(6),
  SOURCE_INVALID: permanent(7),
  SOURCE_CHANGED: permanent(7),
  BLOB_EXISTS: permanent(8),
  EXISTS_WITH_OTHER_CONTENT: permanent(8),
  NO_SPACE: permanent(9),
  STORE_INVALID: permanent(10),
  STORE_LOCKED: permanent(11),
  LOCK_LOST: permanent(11),
  KEY_WRONG: permanent(12),
  BLOCK_MISSING: permanent(13),
  DATA_CORRUPT: permanent(13),
  CHECKSUM_MISMATCH: permanent(13),
} as const satisfies Record<string, ErrorPolicy>;

export type ErrorCode = keyof typeof errorPolicies;

const brand = Symbol.for('hayloft.error');

export interface BackupErrorOptions {
  /** What to do next, in the imperative: `Run "hayloft backup verify" to list every damaged backup.` */
  readonly remedy: string;
  readonly cause?: unknown;
  /** The result a failed verification has all the same; `--json` shows it beside the error. */
  readonly result?: unknown;
}

/** The one error class that crosses package boundaries: `code` decides, `message` explains, `remedy` helps. */
export class BackupError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly result: unknown;

  constructor(code: ErrorCode, message: string, options: BackupErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BackupError';
    this.code = code;
    this.remedy = options.remedy;
    this.result = options.result;
    Object.defineProperty(this, brand, { value: true });
  }

  get retryable(): boolean {
    return errorPolicies[this.code].retryable;
  }

  get exitCode(): number {
    return errorPolicies[this.code].exitCode;
  }
}

/** By brand, not `instanceof`: a third-party plugin may bring its own copy of this package. */
export function isBackupError<Code extends ErrorCode>(
  error: unknown,
  ...codes: Code[]
): error is BackupError & { code: Code } {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  return codes.length === 0 || codes.includes((error as { code?: unknown }).code as Code);
}
