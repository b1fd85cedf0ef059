export { uploadPlugin, type UploadOptions } from './upload-plugin.ts';
