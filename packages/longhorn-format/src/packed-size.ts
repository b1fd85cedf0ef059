import type { CompressionMethod } from '@hayloft/engine';

/**
 * Smallest and largest size in bytes of a block of `plainLength` bytes once packed, by any writer whose files Longhorn
 * reads. A stored block outside these bounds is damaged (cut short by a power failure, say); one inside may still be.
 */
export function packedSizeBounds(
  method: CompressionMethod,
  plainLength: number,
): { readonly min: number; readonly max: number } {
  if (method === 'none') return { min: plainLength, max: plainLength };
  return method === 'lz4' ? lz4Bounds(plainLength) : gzipBounds(plainLength);
}

/**
 * A byte of LZ4 stands for at most 255 bytes (a length that is continued), and the smallest frame around it, the legacy
 * one, adds 8. At most, each LZ4 block is stored as it is: blocks of 64 KiB at the smallest, each with a length and
 * perhaps a checksum (8), in a header of up to 19 bytes, with an end mark and a checksum (8).
 * Our frames and Longhorn's have one block: they end at `plainLength + 19`.
 */
function lz4Bounds(plainLength: number): { min: number; max: number } {
  const blockCountMax = Math.max(1, Math.ceil(plainLength / (64 * 1024)));
  return { min: 8 + Math.ceil(plainLength / 255), max: plainLength + 27 + 8 * blockCountMax };
}

/**
 * Deflate says 258 bytes in no less than 2 bits, 1032 to one, inside 18 bytes of header and trailer. At most it stores
 * what it cannot shrink, 5 bytes for each part of 16 KiB or more: 1 in 1024 is three times that. 64 bytes more leave
 * room for a last block and for a header with a file name.
 */
function gzipBounds(plainLength: number): { min: number; max: number } {
  return { min: 18 + Math.ceil(plainLength / 1032), max: plainLength + Math.ceil(plainLength / 1024) + 18 + 64 };
}
