import type { FileStep } from '@hayloft/directory-store';
import type { Share } from './open-share.ts';

/**
 * Carries out on a share the steps by which a directory store writes and removes blobs, so that both keep one order.
 *
 * A share makes entries of folders durable before it answers, and `create` makes the bytes durable: nothing is left to be
 * synced. No client follows a link out of its share, so that a real path is the path itself, if anything is there.
 */
export async function runShareStep(share: Share, step: FileStep): Promise<string | number | undefined> {
  switch (step[0]) {
    case 'create':
      await share.call('create', step[1], joined(step[2]));
      return undefined;
    case 'makeFolder':
      await share.call('makeFolder', step[1]);
      return undefined;
    case 'rename':
      await share.call('rename', step[1], step[2]);
      return undefined;
    case 'link':
      await share.call('nameIfAbsent', step[1], step[2]);
      return undefined;
    case 'unlink':
      await share.call('unlink', step[1]);
      return undefined;
    case 'removeFolder':
      await share.call('removeFolder', step[1]);
      return undefined;
    case 'realPath':
      if (step[1] !== '/') await share.call('stat', step[1]);
      return step[1];
    case 'linkCount':
      return (await share.call('stat', step[1])).linkCount;
    case 'syncFile':
    case 'syncFolder':
      return undefined;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
