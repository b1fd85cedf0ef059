export interface ImageFormat {
  readonly format: 'raw' | 'qcow2';
  /** Size of the disk that a guest sees. */
  readonly virtualSizeBytes: number;
  /** The bytes are ciphertext: a LUKS container, or a qcow2 that encrypts its clusters. */
  readonly encrypted: boolean;
}

/** This much of a file's beginning tells its format. */
export const formatHeaderBytes = 512;

/**
 * Recognises a format by the first bytes of a file. What is not plausible as qcow2 is raw, as every file may be.
 * (qcow2: docs/interop/qcow2.rst of QEMU; LUKS: cryptsetup's on-disk formats 1 and 2.)
 */
export function recogniseFormat(header: Uint8Array, sizeBytes: number): ImageFormat {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  return qcow2(bytes) ?? { format: 'raw', virtualSizeBytes: sizeBytes, encrypted: isLuks(bytes) };
}

function qcow2(bytes: Buffer): ImageFormat | undefined {
  if (bytes.length < 72 || bytes.readUInt32BE(0) !== 0x514649fb) return undefined;
  const version = bytes.readUInt32BE(4);
  const clusterBits = bytes.readUInt32BE(20);
  const virtualSizeBytes = Number(bytes.readBigUInt64BE(24));
  const plausible = [2, 3].includes(version) && clusterBits >= 9 && clusterBits <= 21;
  if (!plausible || !Number.isSafeInteger(virtualSizeBytes)) return undefined;
  return { format: 'qcow2', virtualSizeBytes, encrypted: bytes.readUInt32BE(32) !== 0 };
}

function isLuks(bytes: Buffer): boolean {
  if (bytes.length < 8 || bytes.toString('latin1', 0, 6) !== 'LUKS\xba\xbe') return false;
  return [1, 2].includes(bytes.readUInt16BE(6));
}
