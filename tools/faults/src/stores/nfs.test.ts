import { describeFaults } from '../run/describe-faults.ts';
import { ganeshaStore } from './nfs.ts';

await describeFaults(ganeshaStore);
