import { describeFaults } from '../run/describe-faults.ts';
import { nginxStore } from './webdav.ts';

await describeFaults(nginxStore);
