import { setImmediate as nextTurn } from 'node:timers/promises';
import { run } from '@oclif/core';
import { asUnknownCommand, loadCommandLine } from './command-line.ts';
import { reportFailure } from './report-failure.ts';
import { watchStandardStreams } from './standard-streams.ts';

/** Node ends with 13 when nothing is left to wait for before the work is done; 13 means damage here. */
const unfinished = (status: number): void => {
  if (status === 13) process.exitCode = 1;
};
process.once('exit', unfinished);

const argv = process.argv.slice(2);
const streams = watchStandardStreams();
const commandLine = await loadCommandLine();
try {
  await run(argv, commandLine);
} catch (thrown) {
  const error = await asUnknownCommand(thrown, commandLine);
  // What a command throws it reports itself; this is an unknown command, or a fault before one began.
  process.exitCode = reportFailure(error, { asJson: argv.includes('--json'), jsonStream: process.stdout });
}
await nextTurn(); // a stream tells its failure a moment later
const outputFailure = streams.failure();
if (outputFailure !== undefined && (process.exitCode ?? 0) === 0) {
  process.exitCode = reportFailure(outputFailure, { asJson: false, jsonStream: process.stdout });
}
process.off('exit', unfinished);
// A download that was given up may hold its socket open for a while; nothing waits for it. What was printed is out:
// files, pipes and terminals are written synchronously here.
process.exit();
