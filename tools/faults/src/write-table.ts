import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderTable, tablePath } from './table.ts';

writeFileSync(join(import.meta.dirname, tablePath), renderTable());
