export { discardStaged, publishStaged, readBlobSync, stageBlobSync, syncFolders } from './blob-files.ts';
export { blobPath, isKeyPart, stagingFolder } from './blob-path.ts';
export { createDirectoryStore, type DirectoryStoreOptions } from './create-directory-store.ts';
export { errnoOf, fileError } from './file-error.ts';
export { runStepsBy, syncFolder, type FileStep, type FileSteps } from './file-steps.ts';
export { makeFolders } from './make-folders.ts';
export { publishBlob } from './publish-blob.ts';
export { removeBlob } from './remove-blob.ts';
export { isLeftBehind, stagedPrefix } from './staging.ts';
