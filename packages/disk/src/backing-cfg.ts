/** What Longhorn keeps beside an image, in `backing.cfg`. */
export interface BackingCfg {
  /** Path of the image's file. */
  readonly filePath: string;
  readonly uuid: string;
  readonly sizeBytes: number;
  readonly virtualSizeBytes: number;
  readonly realSizeBytes: number;
  /** SHA-512 that the user asked for; '' for none. */
  readonly expectedChecksum: string;
  /** SHA-512 of the file when it was last read as a whole; '' for unknown. */
  readonly currentChecksum: string;
  /** Nanoseconds since 1970; undefined where it is not written as Longhorn does. */
  readonly modifiedAtNs: bigint | undefined;
}

export function encodeBackingCfg(cfg: BackingCfg): string {
  return JSON.stringify({
    name: cfg.filePath,
    uuid: cfg.uuid,
    size: cfg.sizeBytes,
    virtualSize: cfg.virtualSizeBytes,
    realSize: cfg.realSizeBytes,
    expectedChecksum: cfg.expectedChecksum,
    currentChecksum: cfg.currentChecksum,
    modificationTime: cfg.modifiedAtNs === undefined ? '' : goTime(cfg.modifiedAtNs),
  });
}

/** Throws a sentence where the text is not what Longhorn writes. */
export function decodeBackingCfg(text: string): BackingCfg {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no JSON object');
  const fields = value as Readonly<Record<string, unknown>>;
  return {
    filePath: string(fields, 'name'),
    uuid: string(fields, 'uuid'),
    sizeBytes: size(fields, 'size'),
    virtualSizeBytes: size(fields, 'virtualSize'),
    realSizeBytes: size(fields, 'realSize'),
    expectedChecksum: string(fields, 'expectedChecksum'),
    currentChecksum: string(fields, 'currentChecksum'),
    modifiedAtNs: parseGoTime(fields['modificationTime']),
  };
}

function string(fields: Readonly<Record<string, unknown>>, key: string): string {
  const value = fields[key] ?? '';
  if (typeof value !== 'string') throw new Error(`"${key}" is ${JSON.stringify(value)}, not a text`);
  return value;
}

function size(fields: Readonly<Record<string, unknown>>, key: string): number {
  const value = fields[key] ?? 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`"${key}" is ${JSON.stringify(value)}, not a number of bytes`);
}

/** As Go prints a time in UTC: `2026-01-02 03:04:05.678 +0000 UTC`, without trailing zeros. */
export function goTime(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const fraction = (ns % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}

export function parseGoTime(text: unknown): bigint | undefined {
  const match =
    typeof text === 'string' ? /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? \+0000 UTC$/.exec(text) : null;
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt((match[3] ?? '').padEnd(9, '0'));
}
