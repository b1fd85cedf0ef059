import { pluginContract, type StorePlugin } from '@hayloft/engine';
import { example } from './example.ts';
import { optionsOf, parseOptions, type S3Options } from './options.ts';

/** Store `s3`: a bucket of AWS, or of any server that speaks S3, as `s3://bucket@region/prefix/`. */
export const s3Plugin: StorePlugin<S3Options> = {
  contract: pluginContract,
  kind: 'store',
  type: 's3',
  summary: 'A bucket in AWS S3, Ceph or any other server that speaks S3 (s3://bucket@region/prefix/)',
  example,
  options: { parse: parseOptions },
  schemes: { s3: optionsOf },
  // The SDK takes a while to load, and most runs do not need it.
  open: async (options, context) => (await import('./open-s3-store.ts')).openS3Store(options, context),
};
