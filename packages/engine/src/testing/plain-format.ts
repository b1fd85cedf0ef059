import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { BackupError } from '../errors.ts';
import { BlockMap } from '../contracts/blocks.ts';
import type { BlockDigest } from '../contracts/blocks.ts';
import type { BackupConfig, BackupFormat, CompressionMethod, LockFormat, LockRecord } from '../contracts/format.ts';

export interface PlainFormatOptions {
  /** Small, so that a test's image of a few hundred bytes has many blocks. 64 by default. */
  readonly blockSizeBytes?: number;
}

/**
 * The simplest format that the contract allows: JSON, gzip or nothing, and Longhorn's lock times.
 *
 * Everything in it is synchronous inside: a simulation must not depend on the thread pool's mood.
 */
export function createPlainFormat(options: PlainFormatOptions = {}): BackupFormat {
  const blockSizeBytes = options.blockSizeBytes ?? 64;
  return {
    blockSizeBytes,
    methods: ['none', 'gzip'],
    lock: plainLockFormat,

    blocksPrefix: 'blocks/',
    blockKey: (digest) => `blocks/${digest.slice(0, 2)}/${digest}`,
    parseBlockKey: (key) => /^blocks\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(key)?.[1],
    digest: digestOf,
    encodeBlock: async (method, plain) => {
      if (method === 'lz4') throw new RangeError('the plain format has no lz4');
      return method === 'gzip' ? gzipSync(plain) : Uint8Array.from(plain);
    },
    decodeBlock: async (method, stored, digest) => {
      for (const attempt of [method, 'gzip', 'none'] as const) {
        const plain = unpack(attempt, stored, blockSizeBytes);
        if (plain !== undefined && digestOf(plain) === digest) return plain;
      }
      throw new BackupError('DATA_CORRUPT', `block ${digest} holds ${stored.length} bytes that do not match its name`, {
        remedy: 'Back the image up again to replace the block.',
      });
    },
    methodOf: (stored) => (stored[0] === 0x1f && stored[1] === 0x8b ? 'gzip' : 'none'),
    packedSizeBounds: (method, plainLength) =>
      method === 'gzip' ? { min: 20, max: plainLength + 64 } : { min: plainLength, max: plainLength },

    configsPrefix: 'configs/',
    configKey: (name) => `configs/${name}.json`,
    parseConfigKey: (key) => /^configs\/([^/]+)\.json$/.exec(key)?.[1],
    checkName: (name) => {
      if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) return;
      throw new BackupError('USAGE_INVALID', `"${name}" is no name for a backup`, {
        remedy: 'Use up to 64 letters, digits, "_", "." and "-", a letter or digit first.',
      });
    },
    encodeConfig: ({ blocks, ...rest }) =>
      Buffer.from(JSON.stringify({ ...rest, blocks: Array.from(blocks.entries(), (e) => [e.index, e.digest]) })),
    decodeConfig: (bytes, name) => decodeConfig(bytes, name, blockSizeBytes),
    backupUrl: (location, name) => `${location}?backup=${name}`,
  };
}

const plainLockFormat: LockFormat = {
  prefix: 'locks/',
  key: (name) => `locks/${name}.json`,
  parseKey: (key) => /^locks\/([^/]+)\.json$/.exec(key)?.[1],
  encode: (record) => Buffer.from(JSON.stringify(record)),
  decode: (bytes, key) => {
    const record = parseJson(bytes, key) as Partial<LockRecord>;
    const { name, type, acquired } = record;
    const typeKnown = type === 'backup' || type === 'deletion' || type === 'untyped';
    if (typeof name !== 'string' || !typeKnown || typeof acquired !== 'boolean') throw invalid(key, 'is no lock');
    return { name, type, acquired };
  },
  expiresMs: 150_000,
  refreshMs: 60_000,
  settleMs: 2_000,
};

function digestOf(plain: Uint8Array): BlockDigest {
  return createHash('sha512').update(plain).digest('hex').slice(0, 64);
}

function unpack(method: CompressionMethod, stored: Uint8Array, lengthMax: number): Uint8Array | undefined {
  if (method === 'none') return stored.length <= lengthMax ? Uint8Array.from(stored) : undefined;
  try {
    return gunzipSync(stored, { maxOutputLength: lengthMax });
  } catch {
    return undefined; // not gzip: another method may match
  }
}

function decodeConfig(bytes: Uint8Array, name: string, blockSizeBytes: number): BackupConfig {
  const what = `config of "${name}"`;
  const { blocks, ...rest } = parseJson(bytes, what) as Omit<BackupConfig, 'blocks'> & { blocks: [number, string][] };
  if (rest.name !== name || !Number.isSafeInteger(rest.sizeBytes)) throw invalid(what, `names "${rest.name}"`);
  const map = new BlockMap(rest.sizeBytes, blockSizeBytes);
  for (const [index, digest] of blocks) map.set(index, digest);
  return { ...rest, labels: rest.labels, blocks: map };
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw invalid(what, `of ${bytes.length} bytes is no JSON`, cause);
  }
}

function invalid(what: string, fault: string, cause?: unknown): BackupError {
  return new BackupError('STORE_INVALID', `${what} ${fault}`, { remedy: 'Remove it once nothing needs it.', cause });
}
