import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { command, headerFlag, isComplete, readMessages, writeMessage, type Answer } from './header.ts';
import type { Protection } from './protection.ts';
import { isSealed } from './sealing.ts';
import { SmbStatusError, status } from './status.ts';

export interface Request {
  readonly command: number;
  readonly body: Uint8Array;
  /** Follows the body. */
  readonly payload?: Uint8Array | undefined;
  readonly treeId?: number | undefined;
  /** The bytes that the answer may hold, which cost credits as those of the payload do. */
  readonly answerBytes?: number | undefined;
}

export interface Exchange {
  /** As it was sent, with its header. */
  readonly request: Buffer;
  readonly answer: Answer;
}

/** An open session: with it, every answer must be proven to be the server's. */
export interface Session {
  readonly id: bigint;
  readonly protection: Protection;
  /** Everything is encrypted, not only signed. */
  sealed: boolean;
}

const connectMsMax = 15_000;
/** A server that says nothing for so long while it owes an answer is gone. Longer than a restart of it takes. */
const silenceMsMax = 60_000;
/** Enough for 16 calls that move 1 MiB each, which costs 16. */
const creditsWanted = 512;
const creditBytes = 64 * 1024;
const nothing = new Uint8Array(0);

interface Waiting {
  readonly charge: number;
  readonly send: () => void;
  readonly reject: (error: Error) => void;
}

interface Pending {
  readonly request: Buffer;
  readonly resolve: (exchange: Exchange) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One TCP connection to an SMB server: requests go out as the server's credits allow, and any number of them waits for
 * its answer. When it fails, all of them and all later ones fail.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #waiting: Waiting[] = [];
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #credits = 1;
  #nextMessageId = 0;
  #failure: Error | undefined;
  /** Set once the dialect has requests larger than 64 KiB. */
  largeRequests = false;
  session: Session | undefined;
  /** Of a session that is being opened: its second request names it already. */
  #sessionId = 0n;

  /** Rejects with the error of the socket, or `ETIMEDOUT`. */
  static async open(host: string, port: number): Promise<Connection> {
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const timer = setTimeout(() => socket.destroy(failure('ETIMEDOUT', 'no answer')), connectMsMax);
    try {
      await once(socket, 'connect');
      return new Connection(socket);
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setTimeout(silenceMsMax, () => {
      if (this.#pending.size > 0) this.#fail(failure('ETIMEDOUT', `no answer for ${silenceMsMax / 1000} s`));
    });
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(failure('ECONNRESET', 'the server closed the connection')));
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  close(): void {
    this.#fail(failure('ECONNRESET', 'the connection was closed'));
  }

  /** The answer's message. Rejects with a `SmbStatusError` unless its status is success or one of `accepted`. */
  async call(request: Request, doing: string, accepted: readonly number[] = []): Promise<Answer> {
    const { answer } = await this.exchange(request);
    if (answer.status !== status.success && !accepted.includes(answer.status)) {
      throw new SmbStatusError(doing, answer.status);
    }
    return answer;
  }

  /** Sends a request and resolves to its answer, of whatever status. */
  exchange({ command: verb, body, payload = nothing, treeId = 0, answerBytes = 0 }: Request): Promise<Exchange> {
    const bytes = Math.max(payload.length, answerBytes);
    const charge = this.largeRequests ? Math.max(1, Math.ceil(bytes / creditBytes)) : 1;
    const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const send = (): void => {
      const messageId = this.#nextMessageId;
      this.#nextMessageId += charge;
      this.#credits -= charge;
      const creditsAsked = Math.max(charge, creditsWanted - this.#credits);
      const creditCharge = this.largeRequests ? charge : 0;
      const sessionId = this.session?.id ?? this.#sessionId;
      const header = { command: verb, creditCharge, creditsAsked, messageId, treeId, sessionId };
      const request = writeMessage(header, body, payload);
      this.#pending.set(messageId, { request, resolve, reject });
      this.#write(request);
    };
    this.#waiting.push({ charge, send, reject });
    this.#sendWaiting();
    return promise;
  }

  #sendWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.charge <= this.#credits; next = this.#waiting[0]) {
      this.#waiting.shift();
      next.send();
    }
    if (this.#waiting.length > 0 && this.#pending.size === 0) {
      this.#fail(failure('EIO', 'the server grants no more requests'));
    }
  }

  #write(request: Buffer): void {
    const { session } = this;
    let message = request;
    if (session !== undefined) {
      if (session.sealed) message = session.protection.sealing!.seal(request, session.id);
      else session.protection.sign(request);
    }
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    this.#socket.cork();
    this.#socket.write(length);
    this.#socket.write(message);
    this.#socket.uncork();
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    while (this.#receivedBytes >= 4 && this.#failure === undefined) {
      if (this.#received[0]!.length < 4) this.#join();
      const frameBytes = this.#received[0]!.readUInt32BE(0);
      if (this.#receivedBytes < 4 + frameBytes) return;
      this.#join();
      const [all] = this.#received as [Buffer];
      this.#received = [all.subarray(4 + frameBytes)];
      this.#receivedBytes -= 4 + frameBytes;
      this.#receiveFrame(all.subarray(4, 4 + frameBytes));
    }
  }

  #join(): void {
    if (this.#received.length > 1) this.#received = [Buffer.concat(this.#received)];
  }

  #receiveFrame(frame: Buffer): void {
    const { session } = this;
    const sealed = isSealed(frame);
    const opened = sealed ? session?.protection.sealing?.unseal(frame) : frame;
    const answers = opened === undefined ? undefined : readMessages(opened);
    if (answers === undefined) return this.#fail(failure('EIO', 'what the server says is no SMB, or was changed'));
    for (const answer of answers) {
      // Which of its requests a server gives up with the session it need not prove.
      if (!isSessionEnd(answer.status) && !sealed && !this.#isProven(answer)) {
        return this.#fail(
          failure('EIO', 'an answer is not proven to be the server’s: it is not signed, or was changed'),
        );
      }
      this.#settle(answer);
    }
    this.#sendWaiting();
  }

  /** Before there is a session nothing can be proven; whoever opens it hashes what led to it. */
  #isProven({ flags, status: answered, messageId, message }: Answer): boolean {
    const { session } = this;
    if (session === undefined || messageId === undefined) return true;
    const interim = answered === status.pending && (flags & headerFlag.async) !== 0;
    return interim || (!session.sealed && session.protection.isSigned(message));
  }

  #settle(answer: Answer): void {
    this.#credits += answer.credits;
    const pending = answer.messageId === undefined ? undefined : this.#pending.get(answer.messageId);
    if (pending === undefined || answer.status === status.pending) return;
    this.#pending.delete(answer.messageId!);
    if (isSessionEnd(answer.status)) return this.#fail(failure('ECONNRESET', 'the server ended the session'));
    const verb = pending.request.readUInt16LE(12);
    if (verb === command.sessionSetup) this.#sessionId = answer.sessionId;
    if (answer.status === status.success && !isComplete(verb, answer.message)) {
      return pending.reject(failure('EIO', 'an answer of the server is cut short'));
    }
    pending.resolve({ request: pending.request, answer });
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#socket.destroy();
    for (const { reject } of [...this.#pending.values(), ...this.#waiting]) reject(error);
    this.#pending.clear();
    this.#waiting.length = 0;
  }
}

/** The session is deleted, or its time is up. */
function isSessionEnd(answered: number): boolean {
  return answered === 0xc0000203 || answered === 0xc000035c;
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
