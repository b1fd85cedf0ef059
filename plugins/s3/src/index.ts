export type { S3Options } from './options.ts';
export { s3Plugin } from './s3-plugin.ts';
