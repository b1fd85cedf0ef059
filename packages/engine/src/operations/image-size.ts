import { BackupError } from '../errors.ts';

/** Longhorn reads and writes images with direct I/O: a size that is no multiple of this cannot become a volume there. */
export const imageSizeUnitBytes: number = 512;

/** `SOURCE_INVALID` for a size that no image may have; an unknown size passes until it is known. */
export function checkImageSize(sizeBytes: number | undefined, description: string): void {
  if (sizeBytes === undefined || (sizeBytes > 0 && sizeBytes % imageSizeUnitBytes === 0)) return;
  if (sizeBytes === 0) {
    throw new BackupError('SOURCE_INVALID', `${description} is empty`, {
      remedy: 'Check the source: an image has at least one byte.',
    });
  }
  const missing = imageSizeUnitBytes - (sizeBytes % imageSizeUnitBytes);
  throw new BackupError(
    'SOURCE_INVALID',
    `${description} has ${sizeBytes} bytes, which is not a multiple of ${imageSizeUnitBytes}`,
    {
      remedy: `Add --pad to "hayloft image create" to append ${missing} zero bytes (the checksum of the image is then that of the padded bytes).`,
    },
  );
}
