import { createHash } from 'node:crypto';
import { BlockMap, type ImageProof } from '@hayloft/engine';

/** What tells that a file is still the one that was proven. */
export interface FileIdentity {
  readonly sizeBytes: number;
  readonly modifiedAtNs: bigint;
  /** Changes with owner and mode too, and cannot be set back. */
  readonly changedAtNs: bigint;
  readonly inode: bigint;
}

/*
 * The file, little-endian:
 *
 *   0  "HAYPROOF"         8  version, u32       12  block size, u32
 *  16  size, u64         24  mtime ns, i64      32  ctime ns, i64      40  inode, u64
 *  48  SHA-512 of the image, 64 bytes (zeros: not known)
 * 112  SHA-512 of each block, its first 32 bytes (zeros: a hole)
 *  -32 SHA-256 of all before
 */
const magic = 'HAYPROOF';
const version = 1;
const headerBytes = 112;
const digestBytes = 32;
const sealBytes = 32;
const blockSizeBytesMax = 64 * 1024 * 1024;

export function encodeProof(identity: FileIdentity, proof: ImageProof): Uint8Array {
  const { blocks } = proof;
  const tableBytes = blocks.count * digestBytes;
  const bytes = Buffer.alloc(headerBytes + tableBytes + sealBytes);
  bytes.write(magic, 0, 'latin1');
  bytes.writeUInt32LE(version, 8);
  bytes.writeUInt32LE(blocks.blockSizeBytes, 12);
  bytes.writeBigUInt64LE(BigInt(identity.sizeBytes), 16);
  bytes.writeBigInt64LE(identity.modifiedAtNs, 24);
  bytes.writeBigInt64LE(identity.changedAtNs, 32);
  bytes.writeBigUInt64LE(identity.inode, 40);
  bytes.write(proof.checksum ?? '', 48, 'hex');
  bytes.set(blocks.table.subarray(0, tableBytes), headerBytes);
  createHash('sha256')
    .update(bytes.subarray(0, -sealBytes))
    .digest()
    .copy(bytes, bytes.length - sealBytes);
  return bytes;
}

/** Throws a sentence for bytes that are no such file, whole and unchanged. */
export function decodeProof(source: Uint8Array): { readonly identity: FileIdentity; readonly proof: ImageProof } {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  if (bytes.length < headerBytes + sealBytes || bytes.toString('latin1', 0, 8) !== magic) {
    throw new Error('it is no list of block digests');
  }
  if (bytes.readUInt32LE(8) !== version) throw new Error(`its version ${bytes.readUInt32LE(8)} is not known`);
  const seal = createHash('sha256').update(bytes.subarray(0, -sealBytes)).digest();
  if (!seal.equals(bytes.subarray(-sealBytes))) throw new Error('it is damaged: its own checksum does not match');
  const blockSizeBytes = bytes.readUInt32LE(12);
  const sizeBytes = Number(bytes.readBigUInt64LE(16));
  const table = bytes.subarray(headerBytes, -sealBytes);
  const plausible = blockSizeBytes > 0 && blockSizeBytes <= blockSizeBytesMax && Number.isSafeInteger(sizeBytes);
  if (!plausible || Math.ceil(sizeBytes / blockSizeBytes) * digestBytes !== table.length) {
    throw new Error(`its ${table.length} bytes of digests do not fit an image of ${sizeBytes} bytes`);
  }
  const checksum = bytes.toString('hex', 48, headerBytes);
  return {
    identity: {
      sizeBytes,
      modifiedAtNs: bytes.readBigInt64LE(24),
      changedAtNs: bytes.readBigInt64LE(32),
      inode: bytes.readBigUInt64LE(40),
    },
    proof: {
      sizeBytes,
      checksum: /^0+$/.test(checksum) ? undefined : checksum,
      blocks: new BlockMap(sizeBytes, blockSizeBytes, new Uint8Array(table)),
    },
  };
}
