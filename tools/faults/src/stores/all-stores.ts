import type { StoreUnderTest } from '../run/store-under-test.ts';
import { azureStore } from './azure.ts';
import { sambaStore } from './cifs.ts';
import { fileStore } from './file.ts';
import { ganeshaStore } from './nfs.ts';
import { cephStore, versityStore } from './s3.ts';
import { apacheStore, nginxStore } from './webdav.ts';

/** The columns of the table. */
export const allStores: readonly StoreUnderTest[] = [
  fileStore,
  versityStore,
  cephStore,
  azureStore,
  apacheStore,
  nginxStore,
  ganeshaStore,
  sambaStore,
];
