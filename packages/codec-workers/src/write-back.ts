import { fdatasync } from 'node:fs';
import { promisify } from 'node:util';
import { fileError } from '@hayloft/directory-store';
import type { Crew } from './crew.ts';
import type { OpenFile } from './messages.ts';
import type { Ring } from './ring.ts';
import { total } from './ring-layout.ts';

/** How much may be written before the disk is asked to take it. */
const stepBytes = 64 * 1024 * 1024;
const intervalMs = 50;

export interface WriteBack {
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/**
 * Has the disk take what the workers write while they go on: else the sync at the end waits for all of it.
 *
 * An error ends the job here and now: the kernel tells it once, and a later sync of the same file may succeed although
 * the bytes are lost.
 */
export function startWriteBack(ring: Ring, crew: Crew, target: OpenFile | undefined): WriteBack {
  if (target === undefined) return { stop: async () => {} };
  let askedBytes = 0;
  let underWay: Promise<void> | undefined;
  const timer = setInterval(() => {
    const doneBytes = ring.readTotal(total.done);
    if (underWay !== undefined || doneBytes - askedBytes < stepBytes) return;
    askedBytes = doneBytes;
    underWay = promisify(fdatasync)(target.fd)
      .catch((error: unknown) => crew.fail(fileError(error, `cannot write "${target.name}"`)))
      .finally(() => {
        underWay = undefined;
      });
  }, intervalMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await underWay;
    },
  };
}
