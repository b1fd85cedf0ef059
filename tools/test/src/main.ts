/**
 * Runs every check of every project and closes with `N passed, N failed`, alone on a line.
 *
 * What could not run is said before, one `skipped: …` line each. With `CI=true` a skip is a failure. Arguments go to Nx:
 * `npm test -- --projects=@hayloft/disk`.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { install, servers } from '@hayloft/tool-servers';
import { runNx } from './run-nx.ts';
import { readTally } from './tally.ts';
import { verdict } from './verdict.ts';

const root = join(import.meta.dirname, '../../..');

// Once and before all else: tests run side by side and only look whether their server is there.
const notInstalled = await install(Object.values(servers).flatMap(({ needs }) => needs));
// What an earlier run left must not be counted for this one; what Nx has cached, it puts back.
rmSync(join(root, '.nx/test-results'), { recursive: true, force: true });
rmSync(join(root, '.nx/cache/run.json'), { force: true });
const { status, skipLines } = await runNx(root, process.argv.slice(2));
const tally = readTally(root);

const skipped = [...tally.skipped, ...skipLines, ...(notInstalled === undefined ? [] : [notInstalled])];
const { lines, exitCode } = verdict({ ...tally, skipped }, status, process.env['CI'] === 'true');
for (const line of lines) console.log(line);
process.exitCode = exitCode;
