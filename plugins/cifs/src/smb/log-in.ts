import { createHash, randomBytes } from 'node:crypto';
import type { Connection, Exchange } from './connection.ts';
import { command, headerBytes, type Answer } from './header.ts';
import {
  clientCapabilities,
  negotiateRequest,
  readNegotiation,
  securityMode,
  type Negotiated,
  type Offer,
} from './negotiate.ts';
import { authenticate, negotiateMessage, signFirst, type Credentials } from './ntlm.ts';
import { createProtection } from './protection.ts';
import { offeredMechanisms, unwrapAnswer, wrapFirst, wrapLast } from './spnego.ts';
import { SmbStatusError, status } from './status.ts';

export interface LogInOptions {
  /** The server's name as the user knows it. */
  readonly host: string;
  readonly dialects: readonly number[];
  readonly credentials: Credentials;
}

/** A server that can do less than we must have, or that does not prove to be who it says. */
export class SmbRefusal extends Error {
  readonly kind: 'dialect' | 'guest' | 'forged';
  constructor(kind: SmbRefusal['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * Agrees on a dialect and opens a session that is signed from its first answer on. A server that takes us for a guest, and
 * one that cannot sign, is refused. Throws `SmbStatusError` when the server does not let us in.
 */
export async function logIn(connection: Connection, options: LogInOptions): Promise<Negotiated> {
  const offer: Offer = { dialects: options.dialects, guid: randomBytes(16) };
  const transcript = createTranscript();

  const first = await connection.exchange({ command: command.negotiate, body: negotiateRequest(offer) });
  const negotiated = first.answer.status === status.success ? readNegotiation(first.answer.message, offer) : undefined;
  if (negotiated === undefined) throw new SmbRefusal('dialect', 'it speaks none of the SMB versions that were offered');
  transcript.add(first);
  connection.largeRequests = negotiated.largeRequests;

  await openSession(connection, negotiated, options, transcript);
  if (negotiated.dialect !== 0x0311) await confirmNegotiation(connection, negotiated, offer);
  return negotiated;
}

async function openSession(
  connection: Connection,
  negotiated: Negotiated,
  { host, credentials }: LogInOptions,
  transcript: Transcript,
): Promise<void> {
  const hello = negotiateMessage();
  const asked = await sessionSetup(connection, wrapFirst(hello));
  if (asked.answer.status !== status.moreProcessingRequired)
    throw new SmbStatusError('logging in', asked.answer.status);
  transcript.add(asked);

  const challenge = unwrapAnswer(securityToken(asked.answer));
  const random = randomBytes(24);
  const answered =
    challenge && authenticate(hello, challenge, { credentials, host, random, serverTime: negotiated.serverTime });
  if (answered === undefined) throw new SmbRefusal('dialect', 'it does not log users in by NTLM');

  const offerSignature = signFirst(answered.sessionKey, offeredMechanisms);
  const done = await sessionSetup(connection, wrapLast(answered.message, offerSignature));
  if (done.answer.status !== status.success) throw new SmbStatusError('logging in', done.answer.status);
  transcript.addRequest(done);
  const flags = done.answer.message.readUInt16LE(headerBytes + 2);
  if ((flags & (sessionFlag.guest | sessionFlag.anonymous)) !== 0) {
    throw new SmbRefusal('guest', 'it took the user for a guest, whose sessions nothing protects');
  }
  const protection = createProtection(negotiated, answered.sessionKey, transcript.digest());
  if (!protection.isSigned(done.answer.message)) {
    throw new SmbRefusal('forged', 'its answer to the log-in is not signed by one who knows the password');
  }
  connection.session = { id: done.answer.sessionId, protection, sealed: false };
  if ((flags & sessionFlag.sealed) !== 0) sealSession(connection);
}

/** From now on everything is encrypted. */
export function sealSession({ session }: Connection): void {
  if (session?.protection.sealing === undefined) {
    throw new SmbRefusal('dialect', 'it wants encryption, which takes SMB 3 on both sides');
  }
  session.sealed = true;
}

const sessionFlag = { guest: 1, anonymous: 2, sealed: 4 } as const;

function sessionSetup(connection: Connection, token: Buffer): Promise<Exchange> {
  const body = Buffer.alloc(24 + token.length);
  body.writeUInt16LE(25, 0);
  body.writeUInt8(securityMode, 3);
  body.writeUInt16LE(headerBytes + 24, 12);
  body.writeUInt16LE(token.length, 14);
  body.set(token, 24);
  return connection.exchange({ command: command.sessionSetup, body });
}

function securityToken({ message }: Answer): Buffer {
  const offset = message.readUInt16LE(headerBytes + 4);
  return message.subarray(offset, offset + message.readUInt16LE(headerBytes + 6));
}

/**
 * Has the server say again, now signed, what it said before anything could be signed: somebody between us may have talked
 * both into an older dialect. Servers that do not know the question say so, and that is signed too.
 */
async function confirmNegotiation(connection: Connection, negotiated: Negotiated, offer: Offer): Promise<void> {
  // The question needs a share's number only in its header, where none is open yet it is zero.
  const input = Buffer.alloc(24 + 2 * offer.dialects.length);
  input.writeUInt32LE(clientCapabilities, 0);
  input.set(offer.guid, 4);
  input.writeUInt16LE(securityMode, 20);
  input.writeUInt16LE(offer.dialects.length, 22);
  offer.dialects.forEach((dialect, index) => input.writeUInt16LE(dialect, 24 + 2 * index));

  const body = Buffer.alloc(56 + input.length);
  body.writeUInt16LE(57, 0);
  body.writeUInt32LE(0x00140204, 4); // FSCTL_VALIDATE_NEGOTIATE_INFO
  body.fill(0xff, 8, 24);
  body.writeUInt32LE(headerBytes + 56, 24);
  body.writeUInt32LE(input.length, 28);
  body.writeUInt32LE(24, 44);
  body.writeUInt32LE(1, 48);
  body.set(input, 56);
  const { answer } = await connection.exchange({ command: command.ioctl, body });
  if (answer.status !== status.success) return;

  const { message } = answer;
  const offset = message.readUInt32LE(headerBytes + 32);
  const said = message.subarray(offset, offset + 24);
  const same =
    said.length === 24 &&
    said.readUInt32LE(0) === negotiated.capabilities &&
    said.subarray(4, 20).equals(negotiated.serverGuid) &&
    said.readUInt16LE(20) === negotiated.securityMode &&
    said.readUInt16LE(22) === negotiated.dialect;
  if (!same) throw new SmbRefusal('forged', 'somebody changed what client and server agreed on');
}

/** The hash of all that was said until there was a session, which goes into its keys from SMB 3.1.1 on. */
interface Transcript {
  add(exchange: Exchange): void;
  /** Of the last exchange: its answer is signed with what the hash leads to. */
  addRequest(exchange: Exchange): void;
  digest(): Buffer;
}

function createTranscript(): Transcript {
  let hash = Buffer.alloc(64);
  const fold = (message: Buffer): void => {
    hash = createHash('sha512').update(hash).update(message).digest();
  };
  return {
    add({ request, answer }) {
      fold(request);
      fold(answer.message);
    },
    addRequest: ({ request }) => fold(request),
    digest: () => hash,
  };
}
