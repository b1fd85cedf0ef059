import type { ShareFailure, ShareReply, ShareRequest, ShareTraits, ShareVerb } from './messages.ts';
import type { ConnectShare, ShareDriver } from './share-driver.ts';

type Calls = Partial<Record<ShareVerb, (...args: unknown[]) => Promise<unknown>>>;

/** Runs a share's process: a plugin's module calls this and nothing else. It ends with the process that started it. */
export function serveShare<Settings>(connect: ConnectShare<Settings>): void {
  let driver: ShareDriver | undefined;

  const answer = async ({ verb, args }: ShareRequest): Promise<unknown> => {
    if (verb === 'connect') {
      driver = await connect(args[0] as Settings);
      return { nameIfAbsent: driver.nameIfAbsent !== undefined } satisfies ShareTraits;
    }
    const call = (driver as Calls | undefined)?.[verb];
    if (call === undefined) throw new Error(`the share has no "${verb}"`);
    return await call.apply(driver, [...args]);
  };

  process.on('message', (request: ShareRequest) => {
    answer(request).then(
      (value) => reply({ id: request.id, value }),
      (error: unknown) => reply({ id: request.id, failure: pack(error) }),
    );
  });
  // A native call that waits for a server would keep an orderly exit waiting, and the store's process is gone anyway.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

function reply(message: ShareReply): void {
  // An error here means that nobody listens any more: the process is about to end.
  process.send?.(message, undefined, {}, () => {});
}

function pack(error: unknown): ShareFailure {
  if (!Error.isError(error)) return { message: String(error), code: undefined, remedy: undefined };
  const { message, code, remedy } = error as Error & { code?: string; remedy?: string };
  return { message, code, remedy };
}
