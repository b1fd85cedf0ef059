import { describeFaults } from '../run/describe-faults.ts';
import { cephStore } from './s3.ts';

await describeFaults(cephStore);
