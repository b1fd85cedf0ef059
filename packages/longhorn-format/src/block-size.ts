/** Longhorn's block size for images, 2 MiB; the config does not record it. */
export const blockSizeBytes: number = 2 * 1024 * 1024;

/**
 * Larger images are refused (16 TiB, the largest file of ext4). A config names its image's size, and the table of its
 * blocks is made from that: a hostile one must not take all memory.
 */
export const imageSizeBytesMax: number = 16 * 1024 ** 4;
