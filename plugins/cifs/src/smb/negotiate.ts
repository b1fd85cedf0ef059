import { randomBytes } from 'node:crypto';
import { headerBytes } from './header.ts';
import type { SigningAlgorithm } from './protection.ts';
import type { Cipher } from './sealing.ts';

/** What client and server agreed on. */
export interface Negotiated {
  /** 0x0202 to 0x0311. */
  readonly dialect: number;
  readonly signing: SigningAlgorithm;
  /** Undefined where the server cannot encrypt. */
  readonly cipher: Cipher | undefined;
  /** Requests may be larger than 64 KiB, and then cost more than one credit. */
  readonly largeRequests: boolean;
  readonly readBytesMax: number;
  readonly writeBytesMax: number;
  readonly transactBytesMax: number;
  /** FILETIME by the server's clock. */
  readonly serverTime: bigint;
  /** As the server stated them, to be confirmed once answers are signed. */
  readonly capabilities: number;
  readonly serverGuid: Buffer;
  readonly securityMode: number;
}

/** What this client says of itself; it says the same again where SMB 3.0 asks for a signed confirmation. */
export interface Offer {
  readonly dialects: readonly number[];
  readonly guid: Buffer;
}

export const allDialects: readonly number[] = [0x0202, 0x0210, 0x0300, 0x0302, 0x0311];
/** Signing is required: no answer counts that somebody else may have written. */
export const securityMode = 3;
const capability = { largeRequests: 0x04, encryption: 0x40 } as const;
export const clientCapabilities = capability.largeRequests | capability.encryption;

const context = { transcript: 1, ciphers: 2, signing: 8 } as const;
const ciphers: readonly Cipher[] = ['aes-128-gcm', 'aes-128-ccm'];
const cipherIds: Readonly<Record<Cipher, number>> = { 'aes-128-ccm': 1, 'aes-128-gcm': 2 };
const signings: readonly SigningAlgorithm[] = ['aes-gmac', 'aes-cmac', 'hmac-sha256'];
const signingIds: Readonly<Record<SigningAlgorithm, number>> = { 'hmac-sha256': 0, 'aes-cmac': 1, 'aes-gmac': 2 };

const fixedBytes = 36;

export function negotiateRequest({ dialects, guid }: Offer): Buffer {
  const list = uint16s(dialects);
  const contexts = dialects.includes(0x0311) ? clientContexts() : [];
  const contextsOffset = aligned(headerBytes + fixedBytes + list.length);
  const body = Buffer.alloc(contexts.length === 0 ? fixedBytes + list.length : contextsOffset - headerBytes);
  body.writeUInt16LE(fixedBytes, 0);
  body.writeUInt16LE(dialects.length, 2);
  body.writeUInt16LE(securityMode, 4);
  body.writeUInt32LE(clientCapabilities, 8);
  body.set(guid, 12);
  if (contexts.length > 0) {
    body.writeUInt32LE(contextsOffset, 28);
    body.writeUInt16LE(contexts.length, 32);
  }
  body.set(list, fixedBytes);
  return Buffer.concat([body, ...contexts]);
}

function clientContexts(): Buffer[] {
  const salt = randomBytes(32);
  const all = [
    [context.transcript, Buffer.concat([uint16s([1, salt.length, 1]), salt])],
    [context.ciphers, uint16s([ciphers.length, ...ciphers.map((cipher) => cipherIds[cipher])])],
    [context.signing, uint16s([signings.length, ...signings.map((signing) => signingIds[signing])])],
  ] as const;
  return all.map(([type, data], index) => {
    const last = index === all.length - 1;
    const bytes = Buffer.alloc(last ? 8 + data.length : aligned(8 + data.length));
    bytes.writeUInt16LE(type, 0);
    bytes.writeUInt16LE(data.length, 2);
    bytes.set(data, 8);
    return bytes;
  });
}

/** Undefined when the answer is none, or chooses what was not offered. */
export function readNegotiation(message: Buffer, { dialects }: Offer): Negotiated | undefined {
  if (message.length < headerBytes + 64) return undefined;
  const body = message.subarray(headerBytes);
  const dialect = body.readUInt16LE(4);
  if (!dialects.includes(dialect)) return undefined;
  const capabilities = body.readUInt32LE(24);
  const chosen = dialect === 0x0311 ? readContexts(message, body.readUInt32LE(60), body.readUInt16LE(6)) : undefined;
  const cipherId = chosen?.get(context.ciphers);
  const signingId = chosen?.get(context.signing);
  return {
    dialect,
    signing: signings.find((each) => signingIds[each] === signingId) ?? (dialect < 0x0300 ? 'hmac-sha256' : 'aes-cmac'),
    cipher:
      dialect === 0x0311
        ? ciphers.find((each) => cipherIds[each] === cipherId)
        : dialect >= 0x0300 && (capabilities & capability.encryption) !== 0
          ? 'aes-128-ccm'
          : undefined,
    largeRequests: dialect > 0x0202 && (capabilities & capability.largeRequests) !== 0,
    transactBytesMax: body.readUInt32LE(28),
    readBytesMax: body.readUInt32LE(32),
    writeBytesMax: body.readUInt32LE(36),
    serverTime: body.readBigUInt64LE(40),
    capabilities,
    serverGuid: Buffer.from(body.subarray(8, 24)),
    securityMode: body.readUInt16LE(2),
  };
}

/** The first choice that each context names, by type. */
function readContexts(message: Buffer, offset: number, count: number): Map<number, number> {
  const chosen = new Map<number, number>();
  for (let index = 0, at = offset; index < count && at + 8 <= message.length; index++) {
    const [type, length] = [message.readUInt16LE(at), message.readUInt16LE(at + 2)];
    if (length >= 4 && at + 12 <= message.length) chosen.set(type, message.readUInt16LE(at + 10));
    at = aligned(at + 8 + length);
  }
  return chosen;
}

const aligned = (offset: number): number => Math.ceil(offset / 8) * 8;

function uint16s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => bytes.writeUInt16LE(value, 2 * index));
  return bytes;
}
