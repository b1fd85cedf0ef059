import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { aesCmac } from './aes-cmac.ts';
import { headerFlag, signatureOffset } from './header.ts';
import type { Negotiated } from './negotiate.ts';
import { createSealing, type Sealing } from './sealing.ts';

/** What keeps others from changing, and where both ends want it from reading, the messages of a session. */
export interface Protection {
  /** Signs a message in place. */
  sign(message: Buffer): void;
  /** Whether an answer is the server's own, unchanged. */
  isSigned(message: Buffer): boolean;
  /** Undefined below SMB 3. */
  readonly sealing: Sealing | undefined;
}

const signatureBytes = 16;

/** Derives the session's keys (MS-SMB2 3.1.4.2). `transcript` is the hash of what led to the session, for SMB 3.1.1. */
export function createProtection(negotiated: Negotiated, sessionKey: Buffer, transcript: Buffer): Protection {
  const { dialect } = negotiated;
  const latest = dialect === 0x0311;
  const derive = (label: string, context: string): Buffer =>
    deriveKey(sessionKey, `${label}\0`, latest ? transcript : Buffer.from(`${context}\0`, 'latin1'));
  const signingKey = dialect < 0x0300 ? sessionKey : derive(latest ? 'SMBSigningKey' : 'SMB2AESCMAC', 'SmbSign');
  const signatureOf = signers[negotiated.signing];

  const compute = (message: Buffer): Buffer => {
    const kept = Buffer.from(message.subarray(signatureOffset, signatureOffset + signatureBytes));
    message.fill(0, signatureOffset, signatureOffset + signatureBytes);
    const signature = signatureOf(signingKey, message).subarray(0, signatureBytes);
    message.set(kept, signatureOffset);
    return signature;
  };

  return {
    sign(message) {
      message.writeUInt32LE(message.readUInt32LE(16) | headerFlag.signed, 16);
      message.set(compute(message), signatureOffset);
    },
    isSigned: (message) =>
      (message.readUInt32LE(16) & headerFlag.signed) !== 0 &&
      timingSafeEqual(compute(message), message.subarray(signatureOffset, signatureOffset + signatureBytes)),
    sealing:
      negotiated.cipher === undefined
        ? undefined
        : createSealing(negotiated.cipher, {
            ours: derive(latest ? 'SMBC2SCipherKey' : 'SMB2AESCCM', 'ServerIn '),
            theirs: derive(latest ? 'SMBS2CCipherKey' : 'SMB2AESCCM', 'ServerOut'),
          }),
  };
}

export type SigningAlgorithm = 'hmac-sha256' | 'aes-cmac' | 'aes-gmac';

const signers: Readonly<Record<SigningAlgorithm, (key: Buffer, message: Buffer) => Buffer>> = {
  'hmac-sha256': (key, message) => createHmac('sha256', key).update(message).digest(),
  'aes-cmac': aesCmac,
  'aes-gmac'(key, message) {
    const nonce = Buffer.alloc(12);
    nonce.set(message.subarray(24, 32)); // the message's id, which no key sees twice from one side
    nonce.writeUInt32LE(message.readUInt32LE(16) & headerFlag.fromServer, 8);
    const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(message);
    cipher.final();
    return cipher.getAuthTag();
  },
};

/** SP800-108 in counter mode over HMAC-SHA256, for 128 bits. */
function deriveKey(key: Buffer, label: string, context: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(Buffer.from([0, 0, 0, 1]))
    .update(label, 'latin1')
    .update(Buffer.from([0]))
    .update(context)
    .update(Buffer.from([0, 0, 0, 128]))
    .digest()
    .subarray(0, 16);
}
