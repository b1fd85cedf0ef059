import { describeFaults } from '../run/describe-faults.ts';
import { apacheStore, nginxStore } from './webdav.ts';

await describeFaults(apacheStore);
await describeFaults(nginxStore);
