export { createShareStore, type ShareStoreOptions } from './create-share-store.ts';
