import { createHash, createHmac } from 'node:crypto';
import { md4 } from './md4.ts';
import { rc4 } from './rc4.ts';

/** Whom a session is opened for. */
export interface Credentials {
  /** '' for the server's own users. */
  readonly domain: string;
  readonly username: string;
  readonly password: string;
}

export interface Authentication {
  /** The third NTLM message, for the server. */
  readonly message: Buffer;
  /** 16 bytes that only this client and a server who knows the password can know. */
  readonly sessionKey: Buffer;
}

/** What an answer to the server's challenge is made of; random and time come from the caller. */
export interface AuthenticationInput {
  readonly credentials: Credentials;
  readonly host: string;
  /** 24 random bytes. */
  readonly random: Uint8Array;
  /** The server's clock as FILETIME, for servers whose challenge does not tell the time. */
  readonly serverTime: bigint;
}

const flags = {
  unicode: 0x00000001,
  requestTarget: 0x00000004,
  sign: 0x00000010,
  ntlm: 0x00000200,
  alwaysSign: 0x00008000,
  extendedSessionSecurity: 0x00080000,
  targetInfo: 0x00800000,
  bits128: 0x20000000,
  keyExchange: 0x40000000,
  bits56: 0x80000000,
} as const;
const offered = Object.values(flags).reduce((all, flag) => all + flag, 0);

/** The ids of pairs in the target's information (MS-NLMP 2.2.2.1). */
const pairs = { end: 0, flags: 6, timestamp: 7, targetName: 9 } as const;
const hasMic = 2;
const micOffset = 72;
const payloadOffset = 88;
const signature = Buffer.from('NTLMSSP\0', 'latin1');

/** The first NTLM message: what this client can do. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(32);
  message.set(signature);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(offered, 12);
  return message;
}

/** Answers a challenge by NTLMv2 (MS-NLMP 3.1.5.1.2); undefined when the challenge is none. */
export function authenticate(
  negotiated: Buffer,
  challenge: Buffer,
  { credentials, host, random, serverTime }: AuthenticationInput,
): Authentication | undefined {
  const targetInfo = readChallenge(challenge);
  if (targetInfo === undefined) return undefined;
  const serverChallenge = challenge.subarray(24, 32);
  const [clientChallenge, sessionKey] = [random.subarray(0, 8), Buffer.from(random.subarray(8, 24))];

  const userKey = hmacMd5(
    md4(Buffer.from(credentials.password, 'utf16le')),
    Buffer.from(upperCase(credentials.username) + credentials.domain, 'utf16le'),
  );
  const timestamp = targetInfo.get(pairs.timestamp) ?? filetime(serverTime);
  const temp = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    timestamp,
    clientChallenge,
    Buffer.alloc(4),
    writePairs(targetInfo, host),
    Buffer.alloc(4),
  ]);
  const proof = hmacMd5(userKey, serverChallenge, temp);
  const message = authenticateMessage({
    lmResponse: targetInfo.has(pairs.timestamp)
      ? Buffer.alloc(24)
      : Buffer.concat([hmacMd5(userKey, serverChallenge, clientChallenge), clientChallenge]),
    ntResponse: Buffer.concat([proof, temp]),
    credentials,
    wrappedKey: rc4(hmacMd5(userKey, proof), sessionKey),
  });
  message.set(hmacMd5(sessionKey, negotiated, challenge, message), micOffset);
  return { message, sessionKey };
}

/** The client's first signature under a session key (MS-NLMP 3.4.4.2), 16 bytes. */
export function signFirst(sessionKey: Buffer, message: Uint8Array): Buffer {
  const keyFor = (purpose: string): Buffer =>
    createHash('md5')
      .update(sessionKey)
      .update(`session key to client-to-server ${purpose} key magic constant\0`)
      .digest();
  const number = Buffer.alloc(4);
  const checksum = rc4(keyFor('sealing'), hmacMd5(keyFor('signing'), number, message).subarray(0, 8));
  return Buffer.concat([Buffer.from([1, 0, 0, 0]), checksum, number]);
}

/** The pairs that describe the server, or undefined when this is no challenge. */
function readChallenge(challenge: Buffer): Map<number, Buffer> | undefined {
  if (challenge.length < 48 || !challenge.subarray(0, 8).equals(signature) || challenge.readUInt32LE(8) !== 2) {
    return undefined;
  }
  const [length, offset] = [challenge.readUInt16LE(40), challenge.readUInt32LE(44)];
  const info = challenge.subarray(offset, offset + length);
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= info.length;) {
    const [id, bytes] = [info.readUInt16LE(at), info.readUInt16LE(at + 2)];
    if (id === pairs.end) break;
    found.set(id, info.subarray(at + 4, at + 4 + bytes));
    at += 4 + bytes;
  }
  return found;
}

/** The server's pairs, with ours: that a MIC follows, and which service we believe to speak to. */
function writePairs(targetInfo: ReadonlyMap<number, Buffer>, host: string): Buffer {
  const all = new Map(targetInfo);
  const stated = Buffer.alloc(4);
  stated.set(targetInfo.get(pairs.flags)?.subarray(0, 4) ?? []);
  stated[0]! |= hasMic;
  all.set(pairs.flags, stated);
  all.set(pairs.targetName, Buffer.from(`cifs/${host}`, 'utf16le'));
  const parts = [...all].map(([id, value]) => Buffer.concat([uint16s(id, value.length), value]));
  return Buffer.concat([...parts, uint16s(pairs.end, 0)]);
}

interface AuthenticateFields {
  readonly lmResponse: Buffer;
  readonly ntResponse: Buffer;
  readonly credentials: Credentials;
  readonly wrappedKey: Buffer;
}

/** With a MIC of zeros. */
function authenticateMessage({ lmResponse, ntResponse, credentials, wrappedKey }: AuthenticateFields): Buffer {
  const fields = [
    lmResponse,
    ntResponse,
    Buffer.from(credentials.domain, 'utf16le'),
    Buffer.from(credentials.username, 'utf16le'),
    Buffer.alloc(0), // the workstation's name is nobody's business
    wrappedKey,
  ];
  const head = Buffer.alloc(payloadOffset);
  head.set(signature);
  head.writeUInt32LE(3, 8);
  let offset = payloadOffset;
  for (const [index, { length }] of fields.entries()) {
    head.set(uint16s(length, length), 12 + 8 * index);
    head.writeUInt32LE(offset, 16 + 8 * index);
    offset += length;
  }
  head.writeUInt32LE(offered, 60);
  return Buffer.concat([head, ...fields]);
}

function hmacMd5(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('md5', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** As Windows does it, one code unit at a time: 'ß' stays what it is. */
function upperCase(text: string): string {
  return [...text].map((char) => (char.toUpperCase().length === char.length ? char.toUpperCase() : char)).join('');
}

function filetime(time: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(time);
  return bytes;
}

function uint16s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => bytes.writeUInt16LE(value, 2 * index));
  return bytes;
}
