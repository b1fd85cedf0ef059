import { errnoOf, fileError } from '@hayloft/directory-store';
import { BackupError } from '@hayloft/engine';
import type { ShareAnswer, ShareArguments, ShareTraits, ShareVerb } from './process/messages.ts';
import { ShareProcess, type ShareProcessOptions } from './share-process.ts';

/** A share that is open: a process that died is replaced with the next call. */
export interface Share {
  readonly traits: ShareTraits;
  call<Verb extends ShareVerb>(verb: Verb, ...args: ShareArguments<Verb>): Promise<ShareAnswer<Verb>>;
  /** Throws unless the store's folder is the very one that was opened, so that an absence is only that of a blob. */
  assertIsThere(): Promise<void>;
  /** Ends the process; the next call starts another. Calls under way are `STORE_UNAVAILABLE`. */
  replaceProcess(why: string): void;
  /** Ends the process for good. */
  close(): void;
}

/** Connects once, so that what is wrong is said at once. Throws an errno error or a `BackupError`. */
export async function openShare(options: ShareProcessOptions, signal: AbortSignal): Promise<Share> {
  const first = new ShareProcess(options);
  const giveUp = (): void => first.kill('opening it was stopped');
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    signal.throwIfAborted();
    const traits = await first.connect();
    const { kind, id } = await first.call('stat', '/');
    if (kind !== 'folder') {
      throw new BackupError('STORE_INVALID', `${options.location} is no folder`, {
        remedy: 'Name the folder in which the store is, not a file.',
      });
    }
    return share(options, first, traits, id);
  } catch (error) {
    first.kill('it could not be opened');
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function share(options: ShareProcessOptions, first: ShareProcess, traits: ShareTraits, rootId: string): Share {
  const { location } = options;
  let current = first;
  let connected = Promise.resolve();
  let closed = false;

  /** Of a process that has not died, and that is connected to the same folder as the first one. */
  const running = async (): Promise<ShareProcess> => {
    if (closed) throw new Error(`${location} was closed`);
    if (current.hasEnded) {
      current = new ShareProcess(options);
      connected = reconnect(current);
    }
    const process = current;
    await connected;
    return process;
  };

  const reconnect = async (process: ShareProcess): Promise<void> => {
    try {
      await process.connect();
      await assertSame(process);
    } catch (error) {
      process.kill('it could not be opened again');
      throw asOutage(error, `cannot open ${location} again`);
    }
  };

  const assertSame = async (process: ShareProcess): Promise<void> => {
    const { kind, id } = await process.call('stat', '/');
    if (kind === 'folder' && id === rootId) return;
    throw new BackupError('STORE_UNAVAILABLE', `${location} is gone: something else is in its place now`, {
      remedy: 'Check what the server exports, then run the same command again.',
    });
  };

  return {
    traits,
    call: (verb, ...args) => running().then((process) => process.call(verb, ...args)),
    async assertIsThere() {
      try {
        await assertSame(await running());
      } catch (error) {
        throw asOutage(error, `${location} is gone`);
      }
    },
    replaceProcess: (why) => current.kill(why),
    close() {
      closed = true;
      current.kill('the store was closed');
    },
  };
}

/** A store that was there and is not any more must never look like a blob that is not there. */
function asOutage(error: unknown, failed: string): unknown {
  return fileError(error, failed, { ENOENT: 'STORE_UNAVAILABLE', ENOTDIR: 'STORE_UNAVAILABLE' });
}

/** Whether a call found that there is nothing at its path. */
export function isAbsence(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';
}
