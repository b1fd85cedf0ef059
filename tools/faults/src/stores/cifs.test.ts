import { describeFaults } from '../run/describe-faults.ts';
import { sambaStore } from './cifs.ts';

await describeFaults(sambaStore);
