import { describeFaults } from '../run/describe-faults.ts';
import { azureStore } from './azure.ts';

await describeFaults(azureStore);
