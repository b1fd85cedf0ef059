export { createMountedStore, type MountedStoreOptions } from './create-mounted-store.ts';
export { createShareStore, type ShareStoreOptions } from './create-share-store.ts';
