import { describeFaults } from '../run/describe-faults.ts';
import { cephStore, versityStore } from './s3.ts';

await describeFaults(versityStore);
await describeFaults(cephStore);
