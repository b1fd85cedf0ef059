import { createCipheriv, createDecipheriv, randomBytes, type CipherCCMTypes } from 'node:crypto';

export type Cipher = 'aes-128-gcm' | 'aes-128-ccm';

/** Encryption of whole messages (MS-SMB2 2.2.41): a header of 52 bytes, then the encrypted message. */
export interface Sealing {
  seal(message: Buffer, sessionId: bigint): Buffer;
  /** The message, or undefined when it is not what the server sealed for us. */
  unseal(frame: Buffer): Buffer | undefined;
}

const protocolId = 0x424d53fd; // 0xFD "SMB"
const headerBytes = 52;
const tagOffset = 4;
const nonceOffset = 20;
const tagBytes = 16;
const nonceBytes: Readonly<Record<Cipher, number>> = { 'aes-128-gcm': 12, 'aes-128-ccm': 11 };

export function isSealed(frame: Buffer): boolean {
  return frame.length >= headerBytes && frame.readUInt32LE(0) === protocolId;
}

export function createSealing(cipher: Cipher, keys: { readonly ours: Buffer; readonly theirs: Buffer }): Sealing {
  // A counter behind a random start: no nonce comes twice under one key.
  const nonce = randomBytes(nonceBytes[cipher]);
  nonce.fill(0, 0, 6);
  let count = 0;

  return {
    seal(message, sessionId) {
      nonce.writeUIntLE(++count, 0, 6);
      const header = Buffer.alloc(headerBytes);
      header.writeUInt32LE(protocolId, 0);
      header.set(nonce, nonceOffset);
      header.writeUInt32LE(message.length, 36);
      header.writeUInt16LE(1, 42);
      header.writeBigUInt64LE(sessionId, 44);
      const sealer = createCipheriv(cipher as CipherCCMTypes, keys.ours, nonce, { authTagLength: tagBytes });
      sealer.setAAD(header.subarray(nonceOffset), { plaintextLength: message.length });
      const sealed = Buffer.concat([header, sealer.update(message), sealer.final()]);
      sealed.set(sealer.getAuthTag(), tagOffset);
      return sealed;
    },

    unseal(frame) {
      const sealed = frame.subarray(headerBytes);
      const theirNonce = frame.subarray(nonceOffset, nonceOffset + nonceBytes[cipher]);
      const opener = createDecipheriv(cipher as CipherCCMTypes, keys.theirs, theirNonce, { authTagLength: tagBytes });
      opener.setAuthTag(frame.subarray(tagOffset, tagOffset + tagBytes));
      opener.setAAD(frame.subarray(nonceOffset, headerBytes), { plaintextLength: sealed.length });
      try {
        return Buffer.concat([opener.update(sealed), opener.final()]);
      } catch {
        return undefined; // the tag does not fit
      }
    },
  };
}
