export { discardStaged, publishStaged, readBlobSync, stageBlobSync, syncFolders } from './blob-files.ts';
export { createDirectoryStore, type DirectoryStoreOptions } from './create-directory-store.ts';
export { errnoOf, fileError } from './file-error.ts';
export { syncFolder } from './file-steps.ts';
export { makeFolders } from './make-folders.ts';
