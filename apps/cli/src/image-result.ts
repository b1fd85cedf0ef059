import type { ImageRecord } from '@hayloft/disk';

/** An image as scripts see it. */
export function imageResult(image: ImageRecord): ImageRecord {
  const { name, uuid, path, sizeBytes, virtualSizeBytes, realSizeBytes } = image;
  const { format, checksum, state, encrypted, createdAt, reason } = image;
  const sizes = { sizeBytes, virtualSizeBytes, realSizeBytes };
  const facts = { name, uuid, path, ...sizes, format, checksum, state, encrypted, createdAt };
  return reason === undefined ? facts : { ...facts, reason };
}
