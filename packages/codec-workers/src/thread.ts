import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { cutBlocks } from './cut-worker.ts';
import { joinBlocks } from './join-worker.ts';
import { packError } from './messages.ts';
import type { ThreadData, ThreadMessage } from './messages.ts';
import { PeerFailed, Ring } from './ring.ts';
import { rollWholeDigest } from './roller.ts';

// The entry of every thread. Its last message says how it ended; then nothing keeps it alive.

async function run(port: MessagePort, { memory, shape, userCount, task }: ThreadData): Promise<ThreadMessage> {
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
parentPort.postMessage(await run(parentPort, workerData as ThreadData));
