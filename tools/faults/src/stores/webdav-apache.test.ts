import { describeFaults } from '../run/describe-faults.ts';
import { apacheStore } from './webdav.ts';

await describeFaults(apacheStore);
