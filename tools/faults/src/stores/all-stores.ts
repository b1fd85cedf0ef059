import type { StoreUnderTest } from '../run/store-under-test.ts';
import { azureStore } from './azure.ts';
import { cephStore, versityStore } from './s3.ts';
import { apacheStore, nginxStore } from './webdav.ts';

/** The columns of the table. */
export const allStores: readonly StoreUnderTest[] = [versityStore, cephStore, azureStore, apacheStore, nginxStore];
