import { hash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { BackupError } from '@hayloft/engine';
import type { BlockDigest, CompressionMethod } from '@hayloft/engine';
import { decodeFrame, encodeFrame } from '@hayloft/lz4';
import { blockSizeBytes } from './block-size.ts';

/** The methods that Longhorn knows, the usual one first. */
export const compressionMethods: readonly CompressionMethod[] = ['lz4', 'gzip', 'none'];

/** Longhorn's name for a block: the first half of the SHA-512 of its plain bytes. */
export function blockDigest(plain: Uint8Array): BlockDigest {
  return hash('sha512', plain, 'hex').slice(0, 64);
}

/** zlib's usual pieces of 16 KiB would be kept until they are collected, beside the whole that they are copied into. */
const inOnePiece = { chunkSize: blockSizeBytes };

/** What a store keeps of a block of 1 byte to 2 MiB. For `none` that is `plain` itself, not a copy. */
export function encodeBlockSync(method: CompressionMethod, plain: Uint8Array): Uint8Array {
  if (plain.byteLength > blockSizeBytes) {
    throw new RangeError(`a block has at most ${blockSizeBytes} bytes, not ${plain.byteLength}`);
  }
  if (method === 'lz4') return encodeFrame(plain);
  if (method === 'gzip') return gzipSync(plain, inOnePiece);
  return plain;
}

/**
 * The plain bytes of a stored block, whichever method packed them; `method` is tried first. Images of one store share
 * their blocks, and each may have been written with another method, so only the digest decides.
 *
 * Never unpacks more than 2 MiB. `DATA_CORRUPT` when no method gives the bytes that `digest` names.
 */
export function decodeBlockSync(method: CompressionMethod, stored: Uint8Array, digest: BlockDigest): Uint8Array {
  const attempts: string[] = [];
  for (const candidate of new Set([method, methodOf(stored), ...compressionMethods])) {
    try {
      const plain = unpack(candidate, stored);
      if (blockDigest(plain) === digest) return plain;
      attempts.push(`${candidate}: bytes of another block`);
    } catch (error) {
      attempts.push(`${candidate}: ${Error.isError(error) ? error.message : String(error)}`);
    }
  }
  throw new BackupError(
    'DATA_CORRUPT',
    `The block ${digest} does not match its name (${stored.byteLength} bytes stored; read as ${attempts.join('; ')})`,
    {
      remedy:
        'List every damaged backup with "hayloft backup verify --all"; "hayloft backup repair" puts a good block in its place.',
    },
  );
}

/** The method by the first bytes; `none` where they are no magic number of the others. */
export function methodOf(stored: Uint8Array): CompressionMethod {
  if (stored.length < 4) return 'none';
  const magic = new DataView(stored.buffer, stored.byteOffset).getUint32(0, true);
  if (magic === lz4Frame || magic === lz4LegacyFrame || (magic & 0xfffffff0) === lz4SkippableFrame) return 'lz4';
  return (magic & 0xffffff) === gzipDeflate ? 'gzip' : 'none';
}

// Little-endian, as they stand in a file.
const lz4Frame = 0x184d2204;
const lz4LegacyFrame = 0x184c2102;
const lz4SkippableFrame = 0x184d2a50;
const gzipDeflate = 0x088b1f;

function unpack(method: CompressionMethod, stored: Uint8Array): Uint8Array {
  if (method === 'lz4') return decodeFrame(stored, blockSizeBytes);
  if (method === 'gzip') return gunzipSync(stored, { ...inOnePiece, maxOutputLength: blockSizeBytes });
  if (stored.byteLength > blockSizeBytes) throw new RangeError(`longer than a block of ${blockSizeBytes} bytes`);
  return stored;
}
