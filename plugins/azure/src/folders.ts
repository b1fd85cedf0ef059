/**
 * Whether a blob stands for a folder: an account with a hierarchical namespace shows each of its folders as an empty blob
 * with this mark, and programs that imitate one write such blobs.
 */
export function isFolder(metadata: Readonly<Record<string, string>> | undefined): boolean {
  return metadata?.['hdi_isfolder'] === 'true';
}
