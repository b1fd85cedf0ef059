import { availableParallelism, freemem, totalmem } from 'node:os';
import { formatBytes } from '../format.ts';
import { ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

/** What the worker threads' shared memory and Node itself need. */
const memoryBytesMin = 512 * 2 ** 20;
const nodeMajorMin = 24;

export function examineMachine(): readonly Finding[] {
  const major = Number(process.versions.node.split('.', 1)[0]);
  const cores = availableParallelism();
  const memory = `${formatBytes(totalmem())}, ${formatBytes(freemem())} free`;
  return [
    major >= nodeMajorMin
      ? ok('node', process.versions.node)
      : warning('node', process.versions.node, `Run hayloft by its own launcher: it needs Node.js ${nodeMajorMin}.`),
    ok('cores', `${cores} worker thread${cores === 1 ? '' : 's'}`),
    totalmem() >= memoryBytesMin
      ? ok('memory', memory)
      : warning('memory', memory, `Give this machine ${formatBytes(memoryBytesMin)} or more.`),
  ];
}
