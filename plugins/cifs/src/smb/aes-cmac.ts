import { createCipheriv } from 'node:crypto';

const blockBytes = 16;
const zeroBlock = Buffer.alloc(blockBytes);

/** AES-128-CMAC of RFC 4493, 16 bytes, which Node does not offer: CBC whose last block is masked. */
export function aesCmac(key: Uint8Array, message: Uint8Array): Buffer {
  const lastBytes = message.length === 0 ? 0 : ((message.length - 1) % blockBytes) + 1;
  const body = message.subarray(0, message.length - lastBytes);
  const last = Buffer.alloc(blockBytes);
  last.set(message.subarray(body.length));
  const whole = lastBytes === blockBytes;
  if (!whole) last[lastBytes] = 0x80;

  const once = doubled(encrypt(key, zeroBlock));
  const mask = whole ? once : doubled(once);
  for (let index = 0; index < blockBytes; index++) last[index]! ^= mask[index]!;

  const cipher = createCipheriv('aes-128-cbc', key, zeroBlock);
  cipher.update(body);
  return cipher.update(last);
}

function encrypt(key: Uint8Array, block: Uint8Array): Buffer {
  return createCipheriv('aes-128-ecb', key, null).update(block);
}

/** Multiplied by x in the field of 2^128 elements. */
function doubled(block: Uint8Array): Buffer {
  const result = Buffer.alloc(blockBytes);
  for (let index = 0; index < blockBytes; index++) {
    result[index] = (block[index]! << 1) | ((block[index + 1] ?? 0) >> 7);
  }
  if ((block[0]! & 0x80) !== 0) result[blockBytes - 1]! ^= 0x87;
  return result;
}
