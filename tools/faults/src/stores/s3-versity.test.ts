import { describeFaults } from '../run/describe-faults.ts';
import { versityStore } from './s3.ts';

await describeFaults(versityStore);
