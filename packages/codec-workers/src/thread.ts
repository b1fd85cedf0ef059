import { parentPort } from 'node:worker_threads';
import { cutBlocks } from './cut-worker.ts';
import { joinBlocks } from './join-worker.ts';
import { packError } from './messages.ts';
import type { ThreadJob, ThreadMessage } from './messages.ts';
import { PeerFailed, Ring } from './ring.ts';
import { rollWholeDigest } from './roller.ts';

// The entry of every thread: one job after the other. Its last message about a job says how that ended.

async function work({ memory, shape, userCount, task, port }: ThreadJob): Promise<ThreadMessage> {
  try {
    const ring = new Ring(memory, shape, userCount);
    if (task.role === 'roll') return { kind: 'rolled', checksum: rollWholeDigest(ring) };
    if (task.role === 'join') return await joinBlocks(ring, task, port);
    return await cutBlocks(ring, task, port);
  } catch (error) {
    return error instanceof PeerFailed ? { kind: 'stopped' } : { kind: 'failed', error: packError(error) };
  }
}

if (parentPort === null) throw new Error('this file is the entry of a worker thread');
parentPort.on('message', (job: ThreadJob) => void work(job).then((end) => job.port.postMessage(end)));
