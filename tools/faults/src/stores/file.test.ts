import { describeFaults } from '../run/describe-faults.ts';
import { fileStore } from './file.ts';

await describeFaults(fileStore);
