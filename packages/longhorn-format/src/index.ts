export { backupUrl, parseBackupUrl } from './backup-url.ts';
export { blockDigest, compressionMethods, decodeBlockSync, encodeBlockSync, methodOf } from './block-codec.ts';
export { blockSizeBytes, imageSizeBytesMax } from './block-size.ts';
export { blockKey, parseBlockKey } from './layout.ts';
export { longhornFormat } from './longhorn-format.ts';
export { packedSizeBounds } from './packed-size.ts';
export { completeTargetUrl, formatTargetUrl, mountOptions, parseTargetUrl } from './target-url.ts';
