import { fork, type ChildProcess } from 'node:child_process';
import { BackupError, type ErrorCode } from '@hayloft/engine';
import type {
  ShareAnswer,
  ShareArguments,
  ShareFailure,
  ShareReply,
  ShareRequest,
  ShareTraits,
  ShareVerb,
} from './process/messages.ts';

export interface ShareProcessOptions {
  /** The module that calls `serveShare`. */
  readonly entry: URL;
  /** Given to `connect`, credentials too: nothing of them is in the arguments or the environment of the process. */
  readonly settings: unknown;
  /** For people, in errors. */
  readonly location: string;
  /** A process that has not answered a call by then hangs, and is ended. */
  readonly callMsMax: number;
}

/** libuv's threads: a native library blocks one for each call that is under way. */
const threads = 16;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * The process that speaks to a share. Native code may crash in it, or hang: then every call that waits for its answer is
 * `STORE_UNAVAILABLE`, and whatever it did by then is unknown.
 */
export class ShareProcess {
  readonly #child: ChildProcess;
  readonly #options: ShareProcessOptions;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: BackupError | undefined;

  constructor(options: ShareProcessOptions) {
    this.#options = options;
    this.#child = fork(options.entry, {
      serialization: 'advanced',
      execArgv: [],
      env: { UV_THREADPOOL_SIZE: String(threads) },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // Ctrl-C goes to every process of the terminal; this one is needed until the last lock is released.
      detached: true,
    });
    this.#child.on('message', (reply: ShareReply) => this.#settle(reply));
    this.#child.once('error', (error) => this.#end(`it cannot be started or reached: ${error.message}`, error));
    this.#child.once('exit', (status, signal) => this.#end(`it ended by ${signal ?? `status ${status}`}`));
    this.#updateRefs();
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  async connect(): Promise<ShareTraits> {
    return (await this.#ask('connect', [this.#options.settings])) as ShareTraits;
  }

  call<Verb extends ShareVerb>(verb: Verb, ...args: ShareArguments<Verb>): Promise<ShareAnswer<Verb>> {
    return this.#ask(verb, args) as Promise<ShareAnswer<Verb>>;
  }

  /** Ends the process at once; calls under way fail. */
  kill(why: string): void {
    this.#end(why);
    this.#child.kill('SIGKILL');
  }

  #ask(verb: ShareRequest['verb'], args: readonly unknown[]): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const { callMsMax } = this.#options;
    const timer = setTimeout(() => this.kill(`it did not answer "${verb}" within ${callMsMax / 1000} s`), callMsMax);
    this.#waiting.set(id, { resolve, reject, timer });
    this.#updateRefs();
    // What is not sent is not answered either: the process has ended or is about to, and then all that waits fails.
    this.#child.send({ id, verb, args }, () => {});
    return promise;
  }

  #settle(reply: ShareReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return; // it ended meanwhile, and its caller knows
    this.#waiting.delete(reply.id);
    clearTimeout(waiting.timer);
    this.#updateRefs();
    if ('failure' in reply) waiting.reject(unpack(reply.failure, this.#options.location));
    else waiting.resolve(reply.value);
  }

  #end(why: string, cause?: unknown): void {
    this.#ended ??= new BackupError(
      'STORE_UNAVAILABLE',
      `the process that speaks to ${this.#options.location} is gone: ${why}`,
      { remedy: 'Run the same command again; if this comes back, mount the share and set "mountedAt".', cause },
    );
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(this.#ended);
    }
    this.#waiting.clear();
    this.#updateRefs();
  }

  /** Keeps our own process alive only while something is waited for. */
  #updateRefs(): void {
    const does = this.#waiting.size > 0 ? 'ref' : 'unref';
    this.#child[does]();
    this.#child.channel?.[does]();
  }
}

/** The error as it was thrown: with a remedy it is for people already, else its errno decides. */
function unpack({ message, code, remedy }: ShareFailure, location: string): Error {
  if (remedy !== undefined)
    return new BackupError(code as ErrorCode, `cannot open ${location}: ${message}`, { remedy });
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
